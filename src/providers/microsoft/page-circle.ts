/**
 * Told one address after the other, says whether they go in a circle: any circle, of whatever length and wherever it
 * begins, in at most three times as many pages as there are up to its end. Remembers one address only, however long the
 * listing is (Brent's algorithm), and is never wrong.
 */
export function createCircleCheck(): (address: string) => boolean {
  let remembered: string | undefined;
  let distance = 0;
  let reach = 1;
  return (address) => {
    if (address === remembered) return true;
    distance += 1;
    if (remembered === undefined || distance === reach) {
      reach *= 2;
      distance = 0;
      remembered = address;
    }
    return false;
  };
}
