import { openSandboxCluster } from "./support/cluster.ts";
import { controllerContract } from "./support/contract.ts";

controllerContract({ name: "the embedded API server", open: openSandboxCluster });
