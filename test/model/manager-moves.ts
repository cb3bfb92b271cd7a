import { FAILURE, uidOf } from "./catalog.ts";
import { post, type Setting } from "./post.ts";
import { spend } from "./server-moves.ts";
import { timeMoves } from "./time-moves.ts";
import {
  type Action,
  excluding,
  type Held,
  including,
  isServed,
  type Look,
  type Moved,
  type News,
  type PluginName,
  type Warm,
  type World,
} from "./world.ts";

/** What may happen inside the manager now: news that arrive, work that ends, timers that fire, and what people do. Fair things that come first are done first. */
export function managerMoves(setting: Setting, world: World): readonly Action[] {
  return [
    ...tellings(setting, world),
    ...answers(setting, world),
    ...world.held.flatMap((held) => endings(setting, world, held)),
    ...world.caches.flatMap((warm) => fillings(setting, world, warm)),
    ...timeMoves(setting, world),
    ...(world.left.total > 0 ? [...wishes(setting, world), ...lateNews(setting, world)] : []),
  ];
}

function tellings(setting: Setting, world: World): readonly Action[] {
  const [news, next] = world.queue;
  if (news === undefined) return [];
  const rest = { ...world, queue: world.queue.slice(1) };
  const told: Action = {
    text: `the watch tells: ${textOf(news)}`,
    move: { type: "tell" },
    isFair: true,
    take: () => tell(setting, rest, news),
  };
  if (next === undefined) return [told];
  return [
    told,
    {
      text: `the watch draws "${textOf(news)}" and "${textOf(next)}" together`,
      move: { type: "draw together" },
      isFair: false,
      take: () => ({ world: rest }),
    },
  ];
}

function tell(setting: Setting, world: World, news: News): Moved {
  if (news.type === "gone") {
    const over = { ...world, dead: Math.max(world.dead, news.life), told: undefined, previous: undefined };
    // Whatever was drawn together, a watcher tells of the end of the life that it told of.
    return post(setting, over, { type: "gone", uid: uidOf(world.told?.life ?? news.life) });
  }
  const { look } = news;
  const previous = world.told?.life === look.life ? world.told : undefined;
  return see(setting, { ...world, told: look, previous, dead: Math.max(world.dead, look.life - 1) }, look);
}

function see(setting: Setting, world: World, look: Look): Moved {
  return post(setting, world, {
    type: "observed",
    crd: setting.catalog.crdOf(look),
    verdict: setting.catalog.verdictOf(look.served, world),
  });
}

/** The CRD is asked for in two steps: the server looks, and then its answer arrives. */
function answers(setting: Setting, world: World): readonly Action[] {
  const { asked, server } = world;
  if (asked === undefined) return [];
  const { life, answer } = asked;
  if (answer === undefined) {
    const is = server.crd?.life === life ? "there" : "absent";
    return [
      {
        text: `the server looks for the CRD of life ${life}: ${is}`,
        move: { type: "look" },
        isFair: true,
        take: () => ({ world: { ...world, asked: { life, answer: is } } }),
      },
    ];
  }
  const dead = answer === "absent" ? Math.max(world.dead, life) : world.dead;
  const heard = { ...world, asked: undefined };
  const arrives: Action = {
    text: `the answer arrives: life ${life} is ${answer}`,
    move: { type: "answer" },
    isFair: true,
    take: () => post(setting, { ...heard, dead }, { type: "confirmed", uid: uidOf(life), is: answer }),
  };
  if (world.left.failures === 0 || world.left.total === 0) return [arrives];
  const lost = spend(heard, "failures");
  return [
    arrives,
    {
      text: "the answer is lost",
      move: { type: "lose answer" },
      isFair: false,
      take: () => post(setting, lost, { type: "confirmed", uid: uidOf(life), is: "unknown" }),
    },
  ];
}

/** What may come of a controller. */
function endings(setting: Setting, world: World, held: Held): readonly Action[] {
  const { plugin, epoch, phase } = held;
  const what = `${plugin} in epoch ${epoch}`;
  const without = { ...world, held: world.held.filter((each) => each !== held) };
  if (phase === "aborting" || phase === "stopping") {
    const ended: World = world.left.late > 0 ? { ...without, ghost: { plugin, epoch } } : without;
    return [
      {
        text: `${what} has stopped`,
        move: { type: "stop", plugin, epoch },
        isFair: true,
        take: () => post(setting, ended, { type: "stopped", plugin, epoch }),
      },
    ];
  }
  const actions = [...hints(setting, world, held)];
  if (phase === "up") return [...vacancies(setting, world, held), ...outgrowths(setting, world, held), ...actions];
  const up = { ...world, held: world.held.map((each) => (each === held ? { ...held, phase: "up" as const } : each)) };
  if (isServed(world.server, held))
    actions.unshift({
      text: `${what} has started`,
      move: { type: "start", plugin, epoch },
      isFair: true,
      take: () => post(setting, up, { type: "started", plugin, epoch }),
    });
  return [...actions, ...failings(setting, world, { what, plugin, epoch, without, isNatural: !isServed(world.server, held) })];
}

/** A controller that only finalizes tells when there is nothing to finalize any more. */
function vacancies(setting: Setting, world: World, { plugin, epoch, life, isRetiring }: Held): readonly Action[] {
  const { crd, own } = world.server;
  if (!isRetiring || (crd?.life === life && own.includes(plugin))) return [];
  return [
    {
      text: `no object carries the finalizer of ${plugin} any more`,
      move: { type: "vacate", plugin, epoch },
      isFair: true,
      take: () => post(setting, world, { type: "vacated", plugin, epoch }),
    },
  ];
}

/** A plugin that was told of another schema asks to be set up anew. */
function outgrowths(setting: Setting, world: World, held: Held): readonly Action[] {
  const { plugin, epoch, isReshaped } = held;
  if (!isReshaped || world.left.reloads === 0 || world.left.total === 0) return [];
  const asked = { ...spend(world, "reloads"), held: world.held.map((each) => (each === held ? { ...held, isReshaped: false } : each)) };
  return [
    {
      text: `${plugin} in epoch ${epoch} wants to be set up anew, for the new schema`,
      move: { type: "outgrow", plugin, epoch },
      isFair: false,
      take: () => post(setting, asked, { type: "outgrown", plugin, epoch }),
    },
  ];
}

/** What may come of a cache that is being filled. */
function fillings(setting: Setting, world: World, warm: Warm): readonly Action[] {
  if (warm.isFull) return [];
  const { plugin, epoch } = warm;
  const what = `the cache of ${plugin} in epoch ${epoch}`;
  const without = { ...world, caches: world.caches.filter((each) => each !== warm) };
  const full = { ...world, caches: world.caches.map((each) => (each === warm ? { ...warm, isFull: true } : each)) };
  const actions = [...hints(setting, world, warm)];
  if (isServed(world.server, warm))
    actions.unshift({
      text: `${what} is full`,
      move: { type: "fill", plugin, epoch },
      isFair: true,
      take: () => post(setting, full, { type: "warmed", plugin, epoch }),
    });
  return [...actions, ...failings(setting, world, { what, plugin, epoch, without, isNatural: !isServed(world.server, warm) })];
}

interface Failing {
  readonly what: string;
  readonly plugin: PluginName;
  readonly epoch: number;
  readonly without: World;
  /** It has no choice. */
  readonly isNatural: boolean;
}

function failings(setting: Setting, { left }: World, { what, plugin, epoch, without, isNatural }: Failing): readonly Action[] {
  const canFail = left.failures > 0 && left.total > 0;
  if (!canFail) return [];
  const after = spend(without, "failures");
  const text = isNatural ? `${what} gives up: nothing is served there` : `${what} fails`;
  return [
    {
      text,
      move: { type: "fail", plugin, epoch },
      isFair: false,
      take: () => post(setting, after, { type: "failed", plugin, epoch, error: FAILURE }),
    },
  ];
}

/** A 404: because nothing is served there, or because a replica lags behind. */
function hints(setting: Setting, world: World, { plugin, epoch, life, version }: Held | Warm): readonly Action[] {
  const input = { type: "notServed", plugin, epoch } as const;
  if (!isServed(world.server, { life, version }))
    return [
      {
        text: `${plugin} in epoch ${epoch} gets a 404`,
        move: { type: "miss", plugin, epoch },
        isFair: false,
        take: () => post(setting, world, input),
      },
    ];
  if (world.asked !== undefined || world.left.hints === 0 || world.left.total === 0) return [];
  return [
    {
      text: `${plugin} in epoch ${epoch} gets a 404 from a replica that lags behind`,
      move: { type: "miss", plugin, epoch },
      isFair: false,
      take: () => post(setting, spend(world, "hints"), input),
    },
  ];
}

/** What people do to the manager. */
function wishes(setting: Setting, world: World): readonly Action[] {
  const { left, bound, digest, kind } = world;
  const actions: Action[] = [];
  if (left.binds > 0)
    for (const plugin of ["p", "q"] as const) {
      const isBound = bound.includes(plugin);
      const next = isBound ? bound.filter((each) => each !== plugin) : [...bound, plugin].toSorted((a, b) => (a < b ? -1 : 1));
      actions.push({
        text: `${plugin} is ${isBound ? "removed" : "added"}`,
        move: { type: isBound ? "unbind" : "bind", plugin },
        isFair: false,
        take: () =>
          judge(setting, { ...spend(world, "binds"), bound: next, ...(!isBound && { forsaken: excluding(world.forsaken, plugin) }) }),
      });
      if (!isBound && kind.owing.has(plugin) && !world.forsaken.includes(plugin))
        actions.push({
          text: `${plugin} is let go of by force`,
          move: { type: "let go", plugin },
          isFair: false,
          take: () => post(setting, { ...spend(world, "binds"), forsaken: including(world.forsaken, plugin) }, { type: "letGo", plugin }),
        });
    }
  if (left.reloads > 0 && bound.includes("p"))
    actions.push({
      text: "p gets new code",
      move: { type: "reload" },
      isFair: false,
      take: () => judge(setting, { ...spend(world, "reloads"), digest: digest + 1 }),
    });
  if (left.uproots > 0)
    for (const { plugin, epoch } of world.held)
      actions.push({
        text: `a kind that ${plugin} in epoch ${epoch} stands on was replaced`,
        move: { type: "uproot", plugin, epoch },
        isFair: false,
        take: () => post(setting, spend(world, "uproots"), { type: "uprooted", plugin, epoch }),
      });
  if (left.leads > 0) {
    const isLeading = !kind.isLeading;
    const [text, type] = isLeading ? (["leadership is won", "win lead"] as const) : (["leadership is lost", "lose lead"] as const);
    actions.push({ text, move: { type }, isFair: false, take: () => post(setting, spend(world, "leads"), { type: "led", isLeading }) });
  }
  if (left.shutdowns > 0)
    actions.push({
      text: "the manager is shut down",
      move: { type: "shut down" },
      isFair: false,
      take: () => post(setting, spend(world, "shutdowns"), { type: "shutdown" }),
    });
  return actions;
}

/** Plugins came or went: the verdict is made of what the manager knows. */
function judge(setting: Setting, world: World): Moved {
  const { crd } = world.kind;
  if (crd === undefined || world.told === undefined) return { world };
  return post(setting, world, { type: "judged", verdict: setting.catalog.verdictOf(world.told.served, world) });
}

/** Old looks, and news of an epoch that has ended. */
function lateNews(setting: Setting, world: World): readonly Action[] {
  const { left, ghost, previous } = world;
  if (left.late === 0) return [];
  const after = { ...spend(world, "late"), ghost: undefined };
  const actions: Action[] = [];
  if (previous !== undefined)
    actions.push({
      text: `an old look is told: ${textOf({ type: "seen", look: previous })}`,
      move: { type: "tell again" },
      isFair: false,
      take: () => see(setting, { ...after, previous: undefined }, previous),
    });
  if (ghost === undefined) return actions;
  const { plugin, epoch } = ghost;
  for (const type of ["started", "stopped", "warmed", "cooled", "vacated", "notServed"] as const)
    actions.push({
      text: `late news of epoch ${epoch}: ${type}`,
      move: { type: "late", plugin, epoch },
      isFair: false,
      take: () => post(setting, after, { type, plugin, epoch }),
    });
  actions.push({
    text: `late news of epoch ${epoch}: failed`,
    move: { type: "late", plugin, epoch },
    isFair: false,
    take: () => post(setting, after, { type: "failed", plugin, epoch, error: FAILURE }),
  });
  return actions;
}

function textOf(news: News): string {
  if (news.type === "gone") return `life ${news.life} is gone`;
  const { life, isEstablished, isTerminating, served, isSelected, isDisabled } = news.look;
  const marks = `${isSelected ? "" : ", not selected"}${isDisabled ? ", switched off" : ""}`;
  return `life ${life}, ${isTerminating ? "terminating" : isEstablished ? "established" : "installing"}, serves ${served}${marks}`;
}
