import dns, { type LookupAddress, type LookupOptions } from "node:dns";

type Answer = (error: NodeJS.ErrnoException | null, address?: string | readonly LookupAddress[], family?: number) => void;

/** A name that DNS knows of only while it is told to, and this machine is its address. Ends with the process. */
export class UnsteadyName {
  readonly host: string;
  isKnown = true;

  constructor(host: string) {
    this.host = host;
    const lookup = dns.lookup;
    // Sockets ask `dns.lookup` at each connection.
    dns.lookup = Object.assign((name: string, options: LookupOptions, answer: Answer) => {
      if (name === host) process.nextTick(() => this.#answer(options, answer));
      else Reflect.apply(lookup, dns, [name, options, answer]);
    }, lookup);
  }

  #answer({ all }: LookupOptions, answer: Answer): void {
    if (!this.isKnown) return answer(Object.assign(new Error(`getaddrinfo ENOTFOUND ${this.host}`), { code: "ENOTFOUND" }));
    if (all === true) answer(null, [{ address: "127.0.0.1", family: 4 }]);
    else answer(null, "127.0.0.1", 4);
  }
}
