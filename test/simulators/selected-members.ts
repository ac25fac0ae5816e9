/** The members that a request asks for by `$select` and `$expand`, as an object that has them and nothing in them. */
export type SelectedMembers = { readonly [name: string]: SelectedMembers };

/**
 * Reads OData's system query options, also those within an expansion: `calendar($select=id)`. Options that select
 * nothing (`$filter` and the like) are left out.
 */
export function selectedMembers(options: Iterable<readonly [string, string]>): SelectedMembers {
  const members: Record<string, SelectedMembers> = {};
  for (const [name, value] of options) {
    if (name !== '$select' && name !== '$expand') continue;
    for (const entry of splitOutside(value, ',')) {
      const [, member = '', within = ''] = /^\s*([^(\s]*)\s*(?:\((.*)\))?\s*$/s.exec(entry) ?? [];
      members[member] = { ...members[member], ...selectedMembers(optionsIn(within)) };
    }
  }
  return members;
}

function optionsIn(text: string): (readonly [string, string])[] {
  return splitOutside(text, ';').map((option) => {
    const [name = '', ...value] = option.split('=');
    return [name.trim(), value.join('=')];
  });
}

/** Splits where no parenthesis is open. */
function splitOutside(text: string, separator: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const character of text) {
    depth += character === '(' ? 1 : character === ')' ? -1 : 0;
    if (character === separator && depth === 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}
