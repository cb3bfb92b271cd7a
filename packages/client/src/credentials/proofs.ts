import type { Cluster, User } from "@kubernetes/client-node";
import { type Clock, messageOf, PolykindError } from "@polykind/core";
import { SharedRun } from "../shared-run.ts";
import { authProviderHeaders } from "./client-node.ts";
import { redact } from "./redact.ts";
import type { Proof, ProofSource } from "./types.ts";
import { RECHECK_FILES_MS, type WatchedFile } from "./watched-file.ts";

/** A proof that never changes, or none. */
export function fixedProof(proof: Proof): ProofSource {
  return { current: () => Promise.resolve(proof), isFresh: () => true, forget() {} };
}

/** A bearer token in a file that somebody rotates, besides what never changes. */
export function tokenFileProof(file: WatchedFile, besides: Proof = {}): ProofSource {
  let last: { readonly content: Buffer; readonly proof: Proof } | undefined;
  return {
    async current() {
      const content = await file.read();
      if (last?.content !== content) last = { content, proof: { ...besides, authorization: `Bearer ${content.toString("utf8").trim()}` } };
      return last.proof;
    },
    isFresh: () => file.isFresh,
    forget: () => file.forget(),
  };
}

/** A client certificate, its key, or both in files that somebody rotates, on top of another proof. */
export function certificateFilesProof(base: ProofSource, files: { readonly cert?: WatchedFile; readonly key?: WatchedFile }): ProofSource {
  const { cert, key } = files;
  const given = [cert, key].filter((file) => file !== undefined);
  return {
    async current(signal) {
      const proof = await base.current(signal);
      return { ...proof, ...(cert !== undefined && { cert: await cert.read() }), ...(key !== undefined && { key: await key.read() }) };
    },
    isFresh: () => base.isFresh() && given.every((file) => file.isFresh),
    forget() {
      base.forget();
      for (const file of given) file.forget();
    },
  };
}

/** One of the auth providers that client-node brings (`oidc`, `gcp`, `azure`); asked at most every {@link RECHECK_FILES_MS}. */
export function authProviderProof(options: {
  readonly cluster: Cluster;
  readonly user: User;
  readonly file: string;
  readonly clock: Clock;
}): ProofSource {
  const { cluster, user, file, clock } = options;
  let headersOf: (() => Promise<Readonly<Record<string, string>>>) | undefined;
  let last: { readonly proof: Proof; readonly at: number } | undefined;
  const run = new SharedRun(async (): Promise<Proof> => {
    try {
      headersOf ??= await authProviderHeaders(cluster, user);
      const { Authorization: authorization } = await headersOf();
      last = { proof: authorization === undefined ? {} : { authorization }, at: clock.elapsed() };
      return last.proof;
    } catch (cause) {
      const what = `cannot get a token for user "${user.name}" in ${file}`;
      throw new PolykindError("API_UNAUTHORIZED", `${what}: ${redact(messageOf(cause))}`, {
        retryable: true,
        facts: { file, user: user.name },
      });
    }
  });
  const isFresh = (): boolean => last !== undefined && clock.elapsed() - last.at < RECHECK_FILES_MS;
  return {
    async current(signal) {
      return last !== undefined && isFresh() ? last.proof : run.join(signal);
    },
    isFresh,
    forget() {
      last = undefined;
    },
  };
}
