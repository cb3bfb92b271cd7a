import { usageError } from "./exit.ts";

/** A host and a port. */
export interface EndpointAddress {
  readonly host: string;
  readonly port: number;
}

/** Where a manager shows what it knows, and where `get` looks for one. */
export const DEFAULT_ENDPOINT = "127.0.0.1:8377";

/**
 * Reads `HOST:PORT`, `:PORT`, `PORT` or `[::1]:PORT`. A host that is left out is 127.0.0.1.
 *
 * @throws PolykindError `CONFIG_INVALID` when it is no such thing.
 */
export function parseEndpoint(text: string): EndpointAddress {
  const found = /^(?:(?<host>\[[0-9a-fA-F:.]+\]|[^:[\]\s]*):)?(?<port>\d{1,5})$/.exec(text)?.groups;
  const port = Number(found?.["port"] ?? Number.NaN);
  if (found === undefined || port > 65_535)
    throw usageError(`cannot use --endpoint ${JSON.stringify(text)}: it must be HOST:PORT, such as ${DEFAULT_ENDPOINT}`);
  return { host: (found["host"] ?? "").replace(/^\[|\]$/g, "") || "127.0.0.1", port };
}

/** `http://host:port`. */
export function endpointUrl({ host, port }: EndpointAddress): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
