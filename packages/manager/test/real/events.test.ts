import { skipWithoutRealApi, startRealApi } from "../../../../test/support/real-api.ts";
import { eventRightsContract, type EventServer, eventsContract } from "../support/events-contract.ts";

/** All but events. */
const RIGHTS = JSON.stringify({
  apiVersion: "v1",
  kind: "List",
  items: [
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "kinds-without-events" },
      rules: [
        { apiGroups: ["apiextensions.k8s.io"], resources: ["customresourcedefinitions"], verbs: ["get", "list", "watch"] },
        { apiGroups: ["*"], resources: ["balls", "balls/status"], verbs: ["get", "list", "watch", "patch"] },
      ],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "kinds-without-events" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "kinds-without-events" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "mute" }],
    },
  ],
});

async function open(): Promise<EventServer> {
  const api = await startRealApi({ users: ["mute"] });
  await api.kubectl(["apply", "-f", "-"], RIGHTS);
  const { kubeconfig, users } = api;
  const { mute } = users;
  return {
    kubeconfig,
    isApart: true,
    ...(mute !== undefined && { kubeconfigWithoutEvents: mute }),
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  };
}

eventsContract("the real API server", open, skipWithoutRealApi());
eventRightsContract("the real API server", open, skipWithoutRealApi());
