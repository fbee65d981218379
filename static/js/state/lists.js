/** Lists that are kept in order and never changed in place. */

/**
 * Put a thing where it belongs, in place of the one with its id.
 * @template {{id: string}} Thing
 * @param {readonly Thing[] | undefined} list
 * @param {Thing} thing
 * @param {(one: Thing, other: Thing) => number} order
 * @returns {Thing[]}
 */
export function placed(list, thing, order) {
  const rest = without(list, thing.id);
  let at = rest.length;
  while (at > 0 && order(rest[at - 1], thing) > 0) at -= 1;
  rest.splice(at, 0, thing);
  return rest;
}

/**
 * Take the thing with an id away.
 * @template {{id: string}} Thing
 * @param {readonly Thing[] | undefined} list
 * @param {string} id
 * @returns {Thing[]}
 */
export function without(list, id) {
  return (list ?? []).filter((each) => each.id !== id);
}

/**
 * Take keys out of a record.
 * @template Value
 * @param {Record<string, Value> | undefined} record
 * @param {string[]} keys
 * @returns {Record<string, Value>}
 */
export function lacking(record, keys) {
  return Object.fromEntries(Object.entries(record ?? {}).filter(([key]) => !keys.includes(key)));
}

/**
 * Compare as the server does, by code unit and not by language.
 * @param {string} one
 * @param {string} other
 */
export function byText(one, other) {
  return one < other ? -1 : Number(one > other);
}

/**
 * @param {{number: number}} one
 * @param {{number: number}} other
 */
export function byNumber(one, other) {
  return one.number - other.number;
}
