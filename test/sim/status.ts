import { apiErrorOf, retryAfterMsOf } from "@polykind/apimachinery";
import { isPolykindError, PolykindError } from "@polykind/core";
import type { CallFailure } from "@polykind/testing";

const STATUS: Readonly<
  Record<string, { readonly code: number; readonly message: string; readonly details?: object; readonly reason?: string }>
> = {
  "410": { code: 410, message: "too old resource version", reason: "Expired" },
  "410 event": { code: 410, message: "too old resource version", reason: "Expired" },
  "429": { code: 429, message: "too many requests", details: { retryAfterSeconds: 7 } },
  initializing: { code: 429, message: "storage is (re)initializing", details: { retryAfterSeconds: 1 } },
  "500": { code: 500, message: "conversion webhook failed" },
  "503": { code: 503, message: "unavailable", details: { retryAfterSeconds: 3 } },
  "403": { code: 403, message: "forbidden" },
  "404": { code: 404, message: "the server could not find the requested resource" },
  "406": { code: 406, message: "only the following media types are accepted: application/json" },
  "422": { code: 422, message: "sendInitialEvents is forbidden" },
  "too large": {
    code: 504,
    message: "Timeout: Too large resource version",
    details: { causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }], retryAfterSeconds: 1 },
  },
};

/** The body of the answer `name`. */
export function statusOf(name: string): { readonly code: number; readonly message: string } {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", ...STATUS[name] } as unknown as {
    code: number;
    message: string;
  }; // As the wire has it.
}

/** The error that the answer `name` is for its caller. */
export function answer(name: string): PolykindError {
  const status = statusOf(name);
  return apiErrorOf(status.code, status, { method: "list", path: "/apis/sim.example.com/v1/gizmos", host: "127.0.0.1:6443" });
}

/** What a trace tells of a failure. */
export function failureOf(cause: unknown): CallFailure {
  if (!isPolykindError(cause)) return { code: "BUG" };
  const retryAfterMs = retryAfterMsOf(cause);
  return {
    code: cause.code,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    isTooLarge: cause.message.includes("Too large resource version"),
    isStarting: cause.message.includes("initializing"),
  };
}

/** Nobody answers. */
export function unreachable(): PolykindError {
  return new PolykindError("API_UNREACHABLE", "cannot connect to 127.0.0.1:6443: connection refused");
}
