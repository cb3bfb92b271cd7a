import { type Clock, messageOf, PolykindError, systemClock } from "@polykind/core";

/** How {@link ask} asks. */
export interface AskOptions {
  /** What the answer is for, as it stands behind `cannot`, such as `get kinds`. */
  readonly what: string;
  readonly signal: AbortSignal;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** What a manager has answered, as far as its head. Disposing it ends what has not come yet. */
export interface Answer extends Disposable {
  readonly response: Response;
  readonly what: string;
  readonly signal: AbortSignal;
}

/** What listens must begin to answer within so many milliseconds. */
const HEAD_WITHIN_MS = 10_000;

/**
 * Asks a manager's endpoint; resolves with whatever it answers, as soon as the head of it is there.
 *
 * @throws PolykindError `API_UNREACHABLE` when nothing answers, `TIMED_OUT` when that takes more than 10 s; the signal's reason.
 */
export async function ask(url: string, { what, signal, clock = systemClock }: AskOptions): Promise<Answer> {
  const end = new AbortController();
  const timer = clock.setTimer(HEAD_WITHIN_MS, () => end.abort());
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, end.signal]) });
    return { response, what, signal, [Symbol.dispose]: () => end.abort() };
  } catch (cause) {
    signal.throwIfAborted();
    const { origin } = new URL(url);
    if (end.signal.aborted)
      throw new PolykindError(
        "TIMED_OUT",
        `cannot ${what} from ${origin}: what listens there did not answer within ${HEAD_WITHIN_MS / 1000} s; is it a polykind manager?`,
        { cause },
      );
    throw new PolykindError(
      "API_UNREACHABLE",
      `cannot reach a manager at ${origin}: ${whyUnreachable(cause)}; start one with \`polykind run\`, or name its address with --endpoint HOST:PORT`,
      { cause },
    );
  } finally {
    timer.cancel();
  }
}

/**
 * Reads a whole answer of a manager. No text of the body gets into an error.
 *
 * @throws PolykindError `API_PROTOCOL` when it is no JSON, or not of the shape that `isShaped` asks for; `API_UNREACHABLE` when it was cut off; the signal's reason.
 */
export async function readJson<T>(answer: Answer, isShaped: (value: unknown) => value is T): Promise<T> {
  checkType(answer, "application/json");
  return parseJson(await cutOff(answer, answer.response.text()), answer, isShaped);
}

/** Reads the lines of an answer that goes on, each as {@link readJson} reads a whole one. */
export async function* readJsonLines<T>(answer: Answer, isShaped: (value: unknown) => value is T): AsyncGenerator<T, void, undefined> {
  checkType(answer, "application/x-ndjson");
  const texts = answer.response.body?.pipeThrough(new TextDecoderStream()).values();
  let rest = "";
  if (texts === undefined) return;
  for (let next = await cutOff(answer, texts.next()); next.done !== true; next = await cutOff(answer, texts.next())) {
    const lines = `${rest}${next.value}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield parseJson(line, answer, isShaped);
  }
}

/** @throws PolykindError `API_PROTOCOL` when the answer says that it failed. */
export function checkOk(answer: Answer): void {
  if (!answer.response.ok) throw notAManager(answer, `HTTP ${answer.response.status}`);
}

/** Something answers there, and not as a manager would. */
export function notAManager({ response: { url }, what }: Answer, instead: string): PolykindError {
  return new PolykindError("API_PROTOCOL", `cannot ${what} from ${new URL(url).origin}: it answered ${instead}; is it a polykind manager?`);
}

function checkType(answer: Answer, wanted: string): void {
  const { status, headers } = answer.response;
  const [type = ""] = (headers.get("content-type") ?? "").split(";");
  if (type.trim().toLowerCase() !== wanted) throw notAManager(answer, `HTTP ${status}${status < 300 ? ` with what is no ${wanted}` : ""}`);
}

/** What a parser says of a text quotes it. */
function parseJson<T>(text: string, answer: Answer, isShaped: (value: unknown) => value is T): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw notAManager(answer, "with JSON that cannot be read");
  }
  if (isShaped(value)) return value;
  throw notAManager(answer, "with JSON of another form");
}

async function cutOff<T>({ response: { url }, what, signal }: Answer, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (cause) {
    signal.throwIfAborted();
    const why = "the connection was cut before the answer was whole; has the manager ended?";
    throw new PolykindError("API_UNREACHABLE", `cannot ${what} from ${new URL(url).origin}: ${why}`, { cause });
  }
}

/** `fetch` keeps the reason in the cause. */
function whyUnreachable(thrown: unknown): string {
  const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
  return cause instanceof Error && "code" in cause && cause.code === "ECONNREFUSED" ? "nothing listens there" : messageOf(cause);
}
