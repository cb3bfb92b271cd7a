import { type Clock, systemClock } from "@polykind/core";

/** The clock of the machine, `speed` times as fast: a wait of 30 s takes 30 s / `speed`. */
export function fastClock(speed: number): Clock {
  return {
    now: () => systemClock.now(),
    elapsed: () => systemClock.elapsed() * speed,
    setTimer: (afterMs, fire) => systemClock.setTimer(afterMs / speed, fire),
    sleep: (forMs, signal) => systemClock.sleep(forMs / speed, signal),
  };
}
