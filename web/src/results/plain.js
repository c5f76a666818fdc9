/**
 * Control characters, and those that change the direction of text or take no
 * room: they would hide or reorder what stands beside them.
 */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu;

/** Replaces characters that cannot be seen by their code points, such as \u{202e}. A line break becomes ⏎. */
export function plain(text) {
  return text.replaceAll(invisible, character => {
    if (character === '\n') return '⏎';
    if (character === '\t') return '⇥';
    return `\\u{${character.codePointAt(0).toString(16)}}`;
  });
}
