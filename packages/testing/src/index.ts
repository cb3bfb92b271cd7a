export { listWatchContract, type ListWatchSubject } from "./list-watch-contract.ts";
export { ManualClock, settle } from "./manual-clock.ts";
