export { untilAborted } from "./abort.ts";
export { type Clock, type Random, systemClock, type Timer } from "./clock.ts";
export { isPolykindError, messageOf, PolykindError, type PolykindErrorCode, type PolykindErrorFacts } from "./error.ts";
export { type NoticeFailure, type NoticeMap, Notices, type NoticeSource } from "./notices.ts";
export { type End, Scope, ScopeClosedError } from "./scope.ts";
export { Stop } from "./stop.ts";
