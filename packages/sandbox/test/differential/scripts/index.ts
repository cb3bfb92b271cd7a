import type { Script } from "../script.ts";
import { BUILTIN, NAMESPACES, OWNERS, WORKLOADS } from "./builtin.ts";
import { CONVERSION, CRD_LIFE, CRD_RESUME, CRD_VERSIONS, NAMES_CONFLICT } from "./crd-life.ts";
import { CREATES, DELETES, LISTS, UPDATES } from "./objects.ts";

/** All scripts. */
export const SCRIPTS: readonly Script[] = [
  CRD_LIFE,
  NAMES_CONFLICT,
  CRD_VERSIONS,
  CRD_RESUME,
  CONVERSION,
  CREATES,
  UPDATES,
  DELETES,
  LISTS,
  BUILTIN,
  WORKLOADS,
  NAMESPACES,
  OWNERS,
];
