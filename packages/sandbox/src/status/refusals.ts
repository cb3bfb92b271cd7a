import type { FieldError } from "../schema/index.ts";
import { type StatusCause, StatusError } from "./status-error.ts";

/** A resource or a kind in messages: `foos.example.com`, `Foo.example.com`, `configmaps`. */
export interface Named {
  readonly group: string;
  /** The plural, or the kind where the server names the kind. */
  readonly what: string;
}

function qualified({ group, what }: Named): string {
  return group === "" ? what : `${what}.${group}`;
}

function detailsOf({ group, what }: Named, name: string, causes?: readonly StatusCause[]): NonNullable<StatusError["body"]["details"]> {
  return {
    ...(name !== "" && { name }),
    ...(group !== "" && { group }),
    ...(what !== "" && { kind: what }),
    ...(causes !== undefined && causes.length > 0 && { causes }),
  };
}

/** 404: there is no such object. */
export function notFound(resource: Named, name: string): StatusError {
  return new StatusError(404, "NotFound", `${qualified(resource)} "${name}" not found`, { details: detailsOf(resource, name) });
}

/** 404 with a Status that names no object: a built-in group does not serve this resource. */
export function notServed(): StatusError {
  return new StatusError(404, "NotFound", "the server could not find the requested resource", { details: {} });
}

/** 409: the name is taken. */
export function alreadyExists(resource: Named, name: string): StatusError {
  return new StatusError(409, "AlreadyExists", `${qualified(resource)} "${name}" already exists`, { details: detailsOf(resource, name) });
}

/** 409: the object is not in the state on which the request was based. */
export function conflict(resource: Named, name: string, why: string): StatusError {
  return new StatusError(409, "Conflict", `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`, {
    details: detailsOf(resource, name),
  });
}

/** 409: the `resourceVersion` of the request is not the current one. */
export function modified(resource: Named, name: string): StatusError {
  return conflict(resource, name, "the object has been modified; please apply your changes to the latest version and try again");
}

/** 409: server-side apply met fields of other managers. */
export function applyConflict(message: string, conflicts: readonly { readonly message: string; readonly field: string }[]): StatusError {
  const causes = conflicts.map((each) => ({ reason: "FieldManagerConflict", message: each.message, field: each.field }));
  return new StatusError(409, "Conflict", message, { details: { causes } });
}

/** 422: fields of the object are not as they must be. */
export function invalid(kind: Named, name: string, errors: readonly FieldError[]): StatusError {
  const causes = errors.map(({ reason, message, field }) => ({ reason, message, field }));
  return new StatusError(422, "Invalid", `${qualified(kind)} "${name}" is invalid: ${aggregate(errors)}`, {
    details: detailsOf(kind, name, causes),
  });
}

/** Several errors as the server writes them in one line; equal ones once. */
export function aggregate(errors: readonly Pick<FieldError, "field" | "message">[]): string {
  const lines = [...new Set(errors.map(({ field, message }) => `${field}: ${message}`))];
  return lines.length === 1 ? (lines[0] ?? "") : `[${lines.join(", ")}]`;
}

/** 422: the options of a request, such as `ListOptions`, are not as they must be. */
export function invalidOptions(options: string, errors: readonly FieldError[]): StatusError {
  return invalid({ group: "meta.k8s.io", what: options }, "", errors);
}

/** 400. */
export function badRequest(message: string): StatusError {
  return new StatusError(400, "BadRequest", message);
}

/** 401. */
export function unauthorized(): StatusError {
  return new StatusError(401, "Unauthorized", "Unauthorized");
}

/** 403: this may not be done to the object. */
export function forbidden(resource: Named, name: string, why: string, causes?: readonly StatusCause[]): StatusError {
  return new StatusError(403, "Forbidden", `${qualified(resource)} "${name}" is forbidden: ${why}`, {
    details: detailsOf(resource, name, causes),
  });
}

/** 405. */
export function methodNotAllowed(): StatusError {
  return new StatusError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", { details: {} });
}

/** 406. */
export function notAcceptable(accepted: readonly string[]): StatusError {
  return new StatusError(406, "NotAcceptable", `only the following media types are accepted: ${accepted.join(", ")}`);
}

/** 410: the version that was asked for is no longer known. `token` goes on with a list, inconsistently. */
export function expired(message: string, token?: string): StatusError {
  return new StatusError(410, "Expired", message, token === undefined ? {} : { continue: token });
}

/** 413. */
export function tooLarge(limitBytes: number): StatusError {
  return new StatusError(413, "RequestEntityTooLarge", `Request entity too large: limit is ${limitBytes}`);
}

/** 415. */
export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`;
  return new StatusError(415, "UnsupportedMediaType", message);
}

/** 500. */
export function internal(message: string): StatusError {
  return new StatusError(500, "InternalError", `Internal error occurred: ${message}`, { details: { causes: [{ message }] } });
}

/** 504: the client knows a version that this server has not reached. */
export function versionTooLarge(asked: string, current: number): StatusError {
  return new StatusError(504, "Timeout", `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    details: { causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }], retryAfterSeconds: 1 },
  });
}
