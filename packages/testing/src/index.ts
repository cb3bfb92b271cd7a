export { type FaultTarget, type FaultyServer, type FaultyServerOptions, openFaultyServer } from "./faults/faulty-server.ts";
export type { GateMode } from "./faults/tcp-gate.ts";
export type { Cut, FaultRule, LineFault, SeenRequest, WireFault } from "./faults/wire-fault.ts";
export { listWatchContract, type ListWatchSubject } from "./list-watch-contract.ts";
export { ManualClock, settle } from "./manual-clock.ts";
export { checkTrace, type Violation } from "./trace/check.ts";
export type { CallFailure, Stamp, TracedLine, TraceEvent, TraceFact, TracePlace } from "./trace/event.ts";
export { type Invariant, RULES, type Rule } from "./trace/rules.ts";
export type { TraceView } from "./trace/view.ts";
