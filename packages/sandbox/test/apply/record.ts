// Asks a real API server anew for all answers that the tests of this package keep:
//   npx node --conditions=@polykind/source packages/sandbox/test/apply/record.ts
import { writeTypes } from "../openapi/derive-types.ts";
import { TABLES } from "../table/recording.ts";
import { recordAnew } from "./differential.ts";
import { APPLIES } from "./recording.ts";
import { startRealServer } from "./real-server.ts";

await using server = await startRealServer();
await recordAnew(APPLIES, server);
await recordAnew(TABLES, server);
await writeTypes(server);
