import { countOf } from "./explain-evidence.ts";
import type { History, Release } from "./explain-history.ts";
import { exclusionOf } from "./exclusion.ts";
import type { Judgement } from "./report.ts";
import type { KindState } from "./state.ts";

/** A judgement of a kind that is excluded, with how many objects then wait for a finalizer of ours, as they were counted when its controllers stopped: pure. */
export function withCarriers(judgement: Judgement, state: KindState, { lives }: Pick<History, "lives">): Judgement {
  if (exclusionOf(state) === undefined || judgement.message === undefined) return judgement;
  const releases = lives.find(({ uid }) => uid === state.crd?.uid)?.releases ?? [];
  const lasts = [...new Map(releases.map((release) => [release.plugin, release])).values()];
  const left = lasts.flatMap(leftBy);
  return left.length === 0 ? judgement : { ...judgement, message: `${judgement.message}; when it stopped, ${left.join(", and ")}` };
}

function leftBy({ plugin, carriers = 0 }: Release): readonly string[] {
  return carriers === 0 ? [] : [`${countOf(carriers, "object")} carried the finalizer of ${plugin}`];
}
