import { systemClock } from "@polykind/core";
import { BUILTIN_ROWS } from "./builtin/table.ts";
import { Collector } from "./collector/collector.ts";
import { CrdLife } from "./crd/crd-life.ts";
import { crdKindOf } from "./crd/crd-kind.ts";
import { CustomKinds } from "./crd/custom-kinds.ts";
import { builtinKindOf } from "./kind/builtin-kind.ts";
import { Registry } from "./kind/registry.ts";
import type { ServedKind } from "./kind/served-kind.ts";
import { loadDocument } from "./loader.ts";
import { NamespaceLife } from "./namespace-life.ts";
import type { SandboxOptions } from "./options.ts";
import type { Collection } from "./store/collection.ts";
import { Store } from "./store/store.ts";
import type { Cluster } from "./verbs/cluster.ts";
import { SERVER_MANAGER } from "./verbs/managers.ts";
import { admitNamespace } from "./verbs/namespace-admission.ts";

/** A cluster with the controllers that belong to it. */
export interface Control {
  readonly cluster: Cluster;
  /** Stops the controllers. */
  close(): void;
}

const SYSTEM_NAMESPACES = ["default", "kube-system", "kube-public", "kube-node-lease"] as const;

/** A cluster as it is after its first start: with the namespaces of the system. */
export async function openControl({ clock = systemClock, random = Math.random, historySize = 1000 }: SandboxOptions): Promise<Control> {
  const store = new Store({ historySize });
  const customKinds = new CustomKinds(store);
  const crds = crdKindOf(store.open(), clock);
  const rows = openBuiltinKinds(store);
  const kinds = new Registry([...rows, crds], customKinds);
  const namespaces = kinds.find({ group: "", version: "v1", plural: "namespaces" }) as ServedKind; // A row of the table.
  const crdLife = new CrdLife({ kind: crds, customKinds, clock });
  const namespaceLife = new NamespaceLife({ kinds, kind: namespaces, clock });
  const collector = new Collector({ kinds, clock });
  store.listen((collection, change) => {
    if (collection === crds.collection) {
      customKinds.observe(change);
      crdLife.observe(change);
    } else if (change.type === "DELETED" && collection.size === 0) crdLife.observeEmpty(collection);
    namespaceLife.observe(collection, change);
    collector.observe(collection, change);
  });
  const cluster: Cluster = { store, kinds, clock, random, admission: [admitNamespace] };
  await bootstrap(cluster);
  return {
    cluster,
    close() {
      crdLife.close();
      namespaceLife.close();
      collector.close();
    },
  };
}

/** A kind that is another form of one in core has no objects of its own. */
function openBuiltinKinds(store: Store): readonly ServedKind[] {
  const core = new Map<string, Collection>();
  return BUILTIN_ROWS.map((row) => {
    const collection = (row.formOfCore && core.get(row.plural)) ?? store.open();
    if (row.group === "") core.set(row.plural, collection);
    return builtinKindOf(row, collection);
  });
}

/** Creates what a server has from its first start on. */
async function bootstrap(cluster: Cluster): Promise<void> {
  for (const name of SYSTEM_NAMESPACES)
    await loadDocument({ apiVersion: "v1", kind: "Namespace", metadata: { name } }, cluster, SERVER_MANAGER);
}
