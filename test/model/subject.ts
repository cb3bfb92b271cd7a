import type { judge as productionJudge } from "../../packages/manager/src/kind/report.ts";
import type { KindState } from "../../packages/manager/src/kind/state.ts";
import type { step as productionStep } from "../../packages/manager/src/kind/step.ts";
import type { awaitedOf as productionAwaitedOf } from "../../packages/manager/src/kind/timers.ts";

/** The code that is checked: that of production, or a copy of it with a mistake in it. */
export interface Subject {
  readonly step: typeof productionStep;
  readonly awaitedOf: typeof productionAwaitedOf;
  readonly judge: typeof productionJudge;
  readonly unknownKind: KindState;
}

/** Loads the code from the folder of `kind`, as a URL that ends in a slash. */
export async function loadSubject(folder: string): Promise<Subject> {
  const [{ step }, { awaitedOf }, { judge }, { unknownKind }] = (await Promise.all(
    ["step", "timers", "report", "state"].map((file) => import(`${folder}${file}.ts`)),
  )) as [Pick<Subject, "step">, Pick<Subject, "awaitedOf">, Pick<Subject, "judge">, Pick<Subject, "unknownKind">]; // The same modules as those whose types these are.
  return { step, awaitedOf, judge, unknownKind };
}
