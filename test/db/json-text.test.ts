// Members put behind an object's text: what `jsonb` reads is the object with those members.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonText, withMembers } from '../../db/json-text.ts';

describe('members put behind the text of an object', () => {
  it('replace those of the same name, whatever texts it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (kept, later) => {
        const text = withMembers(JSON.stringify({ at: null, kept, last: 'x' }), { at: later, last: [] });
        expect(JSON.parse(text)).toEqual(JSON.parse(jsonText({ kept, at: later, last: [] })));
      }),
    );
  });

  it('are made storable with it', () => {
    const object = { at: null, kept: 'a\0b', half: '\uD800' };
    const text = withMembers(JSON.stringify(object), { at: 'c\0' });
    expect(JSON.parse(text)).toEqual(JSON.parse(jsonText({ ...object, at: 'c\0' })));
    expect(text).not.toMatch(/\\u0000|\\ud8/);
  });
});
