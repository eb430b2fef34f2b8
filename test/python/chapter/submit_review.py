from hms_etl.hitl import HitlClient

# Connect to the HITL service via our Core Infrastructure
client = HitlClient(core_url="https://core.gov.example",
                    api_key="CFPB_HITL_KEY")

proposal = {
  "title": "Expand loan term to 7 years",
  "detail": "Increase maximum term from 5→7 years for small-business loans."
}
ticket = client.submit_for_review(proposal)
print("Review ticket ID:", ticket["id"])
