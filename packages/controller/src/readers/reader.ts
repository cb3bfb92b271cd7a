import type { Store } from "@polykind/informer";
import type { Reader } from "@polykind/plugin";

/** What a plugin gets of a store: reading alone. `store` is asked at each read, and may refuse. */
export function readerOf(store: () => Store): Reader {
  return {
    get: (name) => store().get(name),
    list: (filter) => store().list(filter),
    ownedBy: (uid) => store().ownedBy(uid),
    get size() {
      return store().size;
    },
  };
}
