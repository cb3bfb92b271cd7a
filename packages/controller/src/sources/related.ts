import { groupKindOf, keyOf, type KubeObject, type ObjectName, type Resource } from "@polykind/apimachinery";
import type { Handler } from "@polykind/informer";
import type { Cause, WatchedKind } from "@polykind/plugin";

/** Where the changes of a watched kind go. */
export interface RelatedOptions {
  readonly watched: WatchedKind;
  /** The managed kind. */
  readonly managed: Resource;
  readonly want: (key: string, cause: Cause, priority: number) => void;
  /** The plugin's `map` threw for this object. */
  readonly onFailure: (object: KubeObject, cause: unknown) => void;
  /** An object of the watched kind is gone. */
  readonly onDeleted: (object: KubeObject) => void;
}

/**
 * Tells the queue whom each change of a watched kind concerns, by the old and by the new object: who was referred to and is not any more is
 * concerned too. What was there at the start is not told: then every object of the managed kind runs anyway.
 */
export function relatedHandler({ watched, managed, want, onFailure, onDeleted }: RelatedOptions): Handler {
  const map = watched.map ?? ((object: KubeObject) => controllersOf(object, managed));
  const tell = (...objects: readonly KubeObject[]): void => {
    const keys = new Set<string>();
    for (const object of objects) {
      try {
        for (const name of namesOf(map(object))) keys.add(keyOf(name));
      } catch (cause) {
        onFailure(object, cause);
      }
    }
    const [object] = objects;
    if (object === undefined) return;
    const cause: Cause = { type: "related", group: watched.group, kind: watched.kind, key: keyOf(object.metadata) };
    for (const key of keys) want(key, cause, 0);
  };
  return {
    added: (object, { isInitial }) => {
      if (!isInitial) tell(object);
    },
    changed: (object, before) => tell(object, before),
    deleted: (object) => {
      onDeleted(object);
      tell(object);
    },
  };
}

/** @throws TypeError for the promise of a `map` that is `async`, as plain JavaScript lets it be: whom to wake must be known at once. */
function namesOf(names: readonly ObjectName[]): readonly ObjectName[] {
  const returned: unknown = names;
  if (!(returned instanceof Promise)) return names;
  void returned.catch(() => {}); // Whatever comes of it, the failure is that it is a promise.
  throw new TypeError("it returned a promise; make it return names, without async");
}

/** The controlling owner, if it is of the managed kind: in the same namespace, or without one. */
export function controllersOf(object: KubeObject, managed: Resource): readonly ObjectName[] {
  const owner = object.metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined || owner.kind !== managed.kind || groupKindOf(owner).group !== managed.group) return [];
  if (managed.resourceScope === "Cluster") return [{ name: owner.name }];
  const { namespace } = object.metadata;
  return namespace === undefined ? [] : [{ namespace, name: owner.name }];
}
