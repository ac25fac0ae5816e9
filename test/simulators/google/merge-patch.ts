type Json = Record<string, unknown>;

/**
 * What PATCH means at Google: members merge, objects within objects too, null takes a member away, and arrays are
 * replaced whole (trap 20: attendees that are left out are uninvited).
 */
export function mergePatch<Target extends object>(target: Target, patch: object): Target {
  const merged: Json = { ...(target as Json) };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else if (isObject(value)) merged[name] = mergePatch(isObject(merged[name]) ? merged[name] : {}, value);
    else if (value !== undefined) merged[name] = value;
  }
  return merged as Target;
}

/** Without the members that are null, which clear what is not there. */
export function withoutNulls<Given extends object>(given: Given): Given {
  return mergePatch({} as Given, given);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
