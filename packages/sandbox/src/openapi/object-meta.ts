const TEXT = { type: "string" } as const;
const TIME = { type: "string", format: "date-time" } as const;
const FLAG = { type: "boolean" } as const;
const TEXTS = { type: "object", additionalProperties: TEXT } as const;

const OWNER_REFERENCE = {
  type: "object",
  required: ["apiVersion", "kind", "name", "uid"],
  properties: { apiVersion: TEXT, blockOwnerDeletion: FLAG, controller: FLAG, kind: TEXT, name: TEXT, uid: TEXT },
  "x-kubernetes-map-type": "atomic",
} as const;

const MANAGED_FIELDS_ENTRY = {
  type: "object",
  properties: {
    apiVersion: TEXT,
    fieldsType: TEXT,
    fieldsV1: { type: "object" },
    manager: TEXT,
    operation: TEXT,
    subresource: TEXT,
    time: TIME,
  },
} as const;

/** The OpenAPI v3 node of `metadata`, for every kind; with how its lists are merged. */
export const OBJECT_META: object = {
  description: "Standard metadata of an object.",
  type: "object",
  properties: {
    annotations: { description: "Notes for people and programs; not for selecting.", ...TEXTS },
    creationTimestamp: { description: "When the server created the object.", ...TIME },
    deletionGracePeriodSeconds: { description: "Seconds that the object is given to end.", type: "integer", format: "int64" },
    deletionTimestamp: { description: "From when on the object is gone, once its finalizers are.", ...TIME },
    finalizers: {
      description: "What must be done before the object may be gone.",
      type: "array",
      items: TEXT,
      "x-kubernetes-list-type": "set",
      "x-kubernetes-patch-strategy": "merge",
    },
    generateName: { description: "What the server makes a unique name from.", ...TEXT },
    generation: { description: "Grows with every change of the desired state.", type: "integer", format: "int64" },
    labels: { description: "What objects are selected by.", ...TEXTS },
    managedFields: {
      description: "Who owns which fields.",
      type: "array",
      items: MANAGED_FIELDS_ENTRY,
      "x-kubernetes-list-type": "atomic",
    },
    name: { description: "Unique within the namespace, or within the cluster for kinds that have none.", ...TEXT },
    namespace: { description: "Where the object lives; never changes.", ...TEXT },
    ownerReferences: {
      description: "The objects with which this one goes.",
      type: "array",
      items: OWNER_REFERENCE,
      "x-kubernetes-list-map-keys": ["uid"],
      "x-kubernetes-list-type": "map",
      "x-kubernetes-patch-merge-key": "uid",
      "x-kubernetes-patch-strategy": "merge",
    },
    resourceVersion: { description: "The version of the object as it is stored; to be compared for equality.", ...TEXT },
    selfLink: { description: "Not set any more.", ...TEXT },
    uid: { description: "Tells this object from others that had its name.", ...TEXT },
  },
};
