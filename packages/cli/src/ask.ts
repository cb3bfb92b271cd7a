import { messageOf, PolykindError } from "@polykind/core";

/** Asks a manager's endpoint; resolves with whatever it answers. Rejects with `API_UNREACHABLE` when nothing does, or with the signal's reason. */
export async function ask(url: string, signal: AbortSignal): Promise<Response> {
  return fetch(url, { signal }).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new PolykindError(
      "API_UNREACHABLE",
      `cannot reach a manager at ${new URL(url).origin}: ${whyUnreachable(cause)}; start one with \`polykind run\`, or name its address with --endpoint HOST:PORT`,
      { cause },
    );
  });
}

/** Something answers there, and not as a manager would. `what` cannot be done therefore. */
export function notAManager({ url, status }: Response, what: string): PolykindError {
  return new PolykindError(
    "API_PROTOCOL",
    `cannot ${what} from ${new URL(url).origin}: it answered HTTP ${status}; is it a polykind manager?`,
  );
}

/** `fetch` keeps the reason in the cause. */
function whyUnreachable(thrown: unknown): string {
  const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
  return cause instanceof Error && "code" in cause && cause.code === "ECONNREFUSED" ? "nothing listens there" : messageOf(cause);
}
