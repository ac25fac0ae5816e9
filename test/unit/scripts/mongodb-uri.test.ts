import { describe, expect, it } from 'vitest';
import { withDatabase } from '../../../scripts/services/mongodb-uri.ts';

describe('a connection string with another database', () => {
  it.each([
    ['mongodb://a:1', 'mongodb://a:1/x'],
    ['mongodb://a:1/', 'mongodb://a:1/x'],
    ['mongodb://a:1/old', 'mongodb://a:1/x'],
    ['mongodb://a:1,b:2/?replicaSet=rs0', 'mongodb://a:1,b:2/x?replicaSet=rs0'],
    ['mongodb+srv://a.example/old?w=majority', 'mongodb+srv://a.example/x?w=majority'],
  ])('keeps servers and options of %s', (uri, expected) => {
    expect(withDatabase(uri, 'x')).toBe(expected);
  });

  it.each([
    ['mongodb://u:p@a:1/old', 'mongodb://u:p@a:1/x?authSource=old'],
    ['mongodb://u:p@a:1/?tls=true', 'mongodb://u:p@a:1/x?tls=true&authSource=admin'],
    ['mongodb://u:p@a:1/old?authSource=users', 'mongodb://u:p@a:1/x?authSource=users'],
    ['mongodb+srv://u:p@a.example/', 'mongodb+srv://u:p@a.example/x'],
  ])('leaves the credentials of %s where they are looked up', (uri, expected) => {
    expect(withDatabase(uri, 'x')).toBe(expected);
  });

  it('refuses what is no connection string, without repeating it', () => {
    expect(() => withDatabase('http://u:secret@a', 'x')).toThrow('this is no MongoDB connection string');
  });
});
