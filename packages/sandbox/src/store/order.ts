/** Orders texts by code unit, as the keys of the API server's storage are. */
export function compareText(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}

/** The index of the first of the sorted `texts` that is not before `text`, from `from` on. */
export function firstAtLeast(texts: readonly string[], text: string, from = 0): number {
  let [low, high] = [from, texts.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareText(texts[middle] ?? "", text) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
