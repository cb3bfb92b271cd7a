import type { TlsIdentity } from "../credentials/types.ts";
import type { Stop } from "@polykind/core";
import type { Answer, WireRequest } from "./exchange.ts";
import { ExchangeError } from "./failure.ts";
import type { Session } from "./session.ts";

/** Streams of a session that is still being opened, until its server has said how many it takes; what kube-apiserver says. */
const EXPECTED_ROOM = 100;

/** Why no stream can be opened on a session of which that is true. */
const SHUT = "the server takes no requests on a new connection (it allows 0 HTTP/2 streams); is it starting, or shutting down?";

interface Opening {
  readonly tls: TlsIdentity;
  readonly session: Promise<Session>;
  readonly abort: AbortController;
  /** Who waits for it. */
  claims: number;
}

/** How a pool gets its sessions. */
export interface SessionPoolOptions {
  open(tls: TlsIdentity, callbacks: Pick<SessionCallbacks, "onRetired" | "onClosed">, signal: AbortSignal): Promise<Session>;
}

/** What a session tells its pool. */
export interface SessionCallbacks {
  onRetired(session: Session): void;
  onClosed(session: Session): void;
}

/**
 * As few HTTP/2 sessions as its streams need: `ceil(streams / the server's limit)`. They are opened when they are needed.
 *
 * Guarantees: streams are never queued behind others of a full session; a changed TLS identity retires the sessions of the old one; an opening that nobody
 * waits for any more is given up; a session that takes no stream is closed when the next one is wanted, and another is opened.
 */
export class SessionPool {
  readonly #options: SessionPoolOptions;
  /** Those that may take streams. */
  readonly #sessions = new Set<Session>();
  /** Those that take no more, until their last stream is gone. */
  readonly #retired = new Set<Session>();
  readonly #openings = new Set<Opening>();

  constructor(options: SessionPoolOptions) {
    this.#options = options;
  }

  /** What is open now, connections that are being opened included. */
  open(): { readonly sessions: number; readonly streams: number } {
    const all = [...this.#sessions, ...this.#retired];
    return { sessions: all.length + this.#openings.size, streams: all.reduce((sum, session) => sum + session.streams, 0) };
  }

  /** As {@link exchange}, if a session has room now. */
  exchangeNow(request: WireRequest, tls: TlsIdentity, ending: Stop): Promise<Answer> | undefined {
    return ending.aborted ? undefined : this.#sessionFor(tls)?.exchange(request, ending);
  }

  /** Rejects with an {@link ExchangeError}, or with the reason of `ending` once nothing of the request is open. */
  async exchange(request: WireRequest, tls: TlsIdentity, ending: Stop): Promise<Answer> {
    for (;;) {
      ending.throwIfAborted();
      // No await between this look and the stream: room that was seen is taken.
      const session = this.#sessionFor(tls);
      if (session !== undefined) return session.exchange(request, ending);
      const opened = await this.#claim(this.#openingFor(tls), ending);
      if (opened.isShut) throw new ExchangeError("unreachable", new Error(SHUT));
      const isGone = !this.#sessions.has(opened) || (opened.room === 0 && opened.streams === 0);
      if (isGone) throw new ExchangeError("unreachable", new Error("the server closed the connection at once"));
    }
  }

  /** One with room; those of another identity are retired. */
  #sessionFor(tls: TlsIdentity): Session | undefined {
    let found: Session | undefined;
    for (const session of this.#sessions) {
      if (session.tls !== tls) session.retire();
      else if (found === undefined && session.room > 0) found = session;
    }
    return found;
  }

  #openingFor(tls: TlsIdentity): Opening {
    for (const opening of this.#openings)
      if (opening.tls === tls && opening.claims < EXPECTED_ROOM && !opening.abort.signal.aborted) return opening;
    return this.#begin(tls);
  }

  #begin(tls: TlsIdentity): Opening {
    for (const session of this.#sessions) if (session.isShut) session.retire();
    const abort = new AbortController();
    const callbacks = {
      onRetired: (session: Session) => {
        this.#sessions.delete(session);
        this.#retired.add(session);
      },
      onClosed: (session: Session) => void this.#retired.delete(session),
    };
    const session = this.#options.open(tls, callbacks, abort.signal);
    const opening: Opening = { tls, abort, session, claims: 0 };
    this.#openings.add(opening);
    session.then(
      (session) => {
        this.#openings.delete(opening);
        // Whatever it takes, it is ours to close.
        if (!session.isRetired) this.#sessions.add(session);
      },
      () => this.#openings.delete(opening),
    );
    return opening;
  }

  async #claim(opening: Opening, ending: Stop): Promise<Session> {
    opening.claims += 1;
    const { promise, resolve, reject } = Promise.withResolvers<Session>();
    ending.listen(reject);
    opening.session.then(resolve, reject);
    try {
      return await promise;
    } finally {
      ending.leave(reject);
      opening.claims -= 1;
      if (opening.claims === 0) opening.abort.abort();
    }
  }

  /** Ends all sessions and openings; resolves when their sockets are closed. */
  async close(): Promise<void> {
    for (const { abort } of this.#openings) abort.abort();
    await Promise.allSettled([...this.#openings].map(({ session }) => session.then((session) => session.close())));
    await Promise.all([...this.#sessions, ...this.#retired].map((session) => session.close()));
  }
}
