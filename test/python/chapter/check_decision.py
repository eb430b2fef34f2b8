result = client.get_decision(ticket_id=ticket["id"])
if result["status"] == "approved":
    print("✅ Approved:", result["comments"])
elif result["status"] == "needs_changes":
    print("✏️ Feedback:", result["comments"])
else:
    print("❌ Rejected")
