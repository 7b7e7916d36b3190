// Which addresses the directive `bind` stands for.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planAddresses, printAddress } from '../../cli/listen-addresses.js';

test('a dash makes an address optional', () => {
  assert.deepEqual(planAddresses(['127.0.0.1', '-::1']), [
    { host: '127.0.0.1', isOptional: false, fallback: null },
    { host: '::1', isOptional: true, fallback: null },
  ]);
});

test('every address of both families is one socket, or IPv4 alone where there is no IPv6', () => {
  const both = [{ host: '::', isOptional: false, fallback: '0.0.0.0' }];
  assert.deepEqual(planAddresses(['*', '-::*']), both);
});

test('every address of one family is that family', () => {
  assert.equal(planAddresses(['*'])[0].host, '0.0.0.0');
  assert.equal(planAddresses(['::*'])[0].host, '::');
});

test('IPv6 addresses are printed in brackets', () => {
  assert.equal(printAddress('::1', 5), '[::1]:5');
  assert.equal(printAddress('127.0.0.1', 5), '127.0.0.1:5');
});
