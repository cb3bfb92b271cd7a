import { skipWithoutRealApi } from "../../../../test/support/real-api.ts";
import { openRealCluster } from "../support/cluster.ts";
import { controllerContract } from "../support/contract.ts";

controllerContract({ name: "the real API server", open: openRealCluster, skip: skipWithoutRealApi() });
