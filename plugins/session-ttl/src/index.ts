import { definePlugin, type KubeObject } from "@polykind/plugin";

interface Session extends KubeObject {
  readonly spec: { readonly ttlSeconds: number };
}

/** Deletes a Session when its time to live is over. */
export default definePlugin<Session>({
  name: "session-ttl",
  engines: { polykind: "^1.0" },
  manages: { group: "demo.example.com", kind: "Session" },

  setup: () => ({
    async reconcile(session, { client, now, signal }) {
      const endsAt = Date.parse(session.metadata.creationTimestamp) + session.spec.ttlSeconds * 1000;
      if (now() < endsAt) return { requeueAfterMs: endsAt - now() };
      await client.delete(session, { signal });
      return undefined;
    },
  }),
});
