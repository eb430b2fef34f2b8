import { DomainError } from "../domain/domain-error.js";

/** How many long-lived connections there may be. */
export interface StreamPlacesOptions {
  readonly socketsPerAddress: number;
  readonly socketsPerPrincipal: number;
}

/**
 * Connections of one address that have not authenticated yet. A client authenticates right after it has connected, so
 * that a whole fleet behind one address needs few of them at a time; who opens them for nothing gets no more.
 */
export const UNAUTHENTICATED_PER_ADDRESS = 50;

/** Seconds after which it is worth another try: places come back whenever somebody leaves. */
const RETRY_SECONDS = 5;

/** The place of one WebSocket or event stream. */
export interface StreamPlace {
  /** @throws DomainError RATE_LIMITED where the principal has too many already; the place stays unauthenticated then */
  authenticated(principalId: string): void;
  /** Gives it back; any number of times. */
  leave(): void;
}

/** Counts who has how many WebSockets and event streams open. */
export class StreamPlaces {
  readonly #addresses = new Counts();
  readonly #strangers = new Counts();
  readonly #principals = new Counts();

  constructor(private readonly options: StreamPlacesOptions) {}

  /** @throws DomainError RATE_LIMITED where the address has too many already */
  take(address: string): StreamPlace {
    const { socketsPerAddress: perAddress } = this.options;
    if (this.#addresses.of(address) >= perAddress) {
      throw tooMany("connections are open from this address", "socketsPerAddress", perAddress);
    }
    if (this.#strangers.of(address) >= UNAUTHENTICATED_PER_ADDRESS) {
      throw tooMany(
        "connections from this address have not authenticated",
        "unauthenticatedPerAddress",
        UNAUTHENTICATED_PER_ADDRESS,
      );
    }
    this.#addresses.add(address, 1);
    this.#strangers.add(address, 1);
    return new Place(this, address);
  }

  /** Of {@link Place}: turns a stranger's place into a principal's. */
  recognise(address: string, principalId: string): void {
    const { socketsPerPrincipal: perPrincipal } = this.options;
    if (this.#principals.of(principalId) >= perPrincipal) {
      throw tooMany(
        "connections are open with this credential's principal",
        "socketsPerPrincipal",
        perPrincipal,
      );
    }
    this.#strangers.add(address, -1);
    this.#principals.add(principalId, 1);
  }

  /** Of {@link Place}. */
  free(address: string, principalId: string | undefined): void {
    this.#addresses.add(address, -1);
    if (principalId === undefined) this.#strangers.add(address, -1);
    else this.#principals.add(principalId, -1);
  }
}

class Place implements StreamPlace {
  #principalId: string | undefined;
  #left = false;

  constructor(
    private readonly places: StreamPlaces,
    private readonly address: string,
  ) {}

  authenticated(principalId: string): void {
    if (this.#left || this.#principalId !== undefined) return;
    this.places.recognise(this.address, principalId);
    this.#principalId = principalId;
  }

  leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.places.free(this.address, this.#principalId);
  }
}

/** Counts by key, of which only those that are not zero are kept. */
class Counts {
  readonly #counts = new Map<string, number>();

  of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  add(key: string, by: number): void {
    const count = this.of(key) + by;
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
  }
}

function tooMany(what: string, limit: string, maximum: number): DomainError {
  return new DomainError("RATE_LIMITED", `${maximum} ${what} already; close some, or try again later.`, {
    limit,
    maximum,
    retryAfter: RETRY_SECONDS,
  });
}
