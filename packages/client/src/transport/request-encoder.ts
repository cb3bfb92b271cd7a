import type { Headers } from "../credentials/types.ts";
import { encodeField, encodeFields } from "../http2/field-encoder.ts";
import type { WireRequest } from "./exchange.ts";

/** The fields of requests that are the same again and again, encoded. */
interface Frequent {
  readonly method: string;
  readonly pseudo: Buffer;
  readonly headers: Buffer;
}

/** Writes the fields of requests to one server. What requests with the same headers object have in common, which is all but the path, is encoded once. */
export class RequestEncoder {
  readonly #host: string;
  readonly #frequent = new WeakMap<Headers, Frequent>();

  /** @param host the server's host and port, as requests name them. */
  constructor(host: string) {
    this.#host = host;
  }

  /** @throws Error for a request that cannot be sent as it is. */
  encode({ method, path, headers, body }: WireRequest): Buffer {
    const known = this.#frequent.get(headers);
    const frequent = known?.method === method ? known : this.#encode(method, headers);
    const parts = [frequent.pseudo, encodeField(":path", path), frequent.headers];
    if (body !== undefined) parts.push(encodeField("content-length", String(body.length)));
    return Buffer.concat(parts);
  }

  #encode(method: string, headers: Headers): Frequent {
    const pseudo = encodeFields([":method", method, ":scheme", "https", ":authority", this.#host]);
    const frequent = { method, pseudo, headers: encodeFields(fieldsOf(headers)) };
    this.#frequent.set(headers, frequent);
    return frequent;
  }
}

/** Names and values in turn. */
function fieldsOf(headers: Headers): string[] {
  const fields: string[] = [];
  for (const name in headers) {
    const value = headers[name];
    if (typeof value === "string") fields.push(name.toLowerCase(), value);
    else for (const each of value ?? []) fields.push(name.toLowerCase(), each);
  }
  return fields;
}
