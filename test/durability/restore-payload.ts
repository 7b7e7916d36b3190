// Values as RESTORE takes them: what DUMP gives of every type and encoding, the older forms that
// only other servers write, and changes of both, sealed again with a right checksum.

import { randomBelow, type SeededRandom } from '../../engine/util/random.js';
import { HASH_2, payload, SAMPLES } from '../snapshot/rdb/old-forms.js';
import { mutatePayload, pick, spoilRaw } from './format-mutation.js';

/** Version and checksum. */
const FOOTER_BYTES = 10;
const TYPES_MAX = 30;
const VERSIONS = [1, 6, 9, 10, 11, 80, 81, 65535];

/** @returns values without their footers: those in the old forms, and what was dumped */
export function restoreSamples(dumped: readonly Buffer[]): Buffer[] {
  const old = SAMPLES.map(({ value }) => Buffer.from(value)).filter(({ length }) => length < 5000);
  const own = dumped.map((whole) => whole.subarray(0, -FOOTER_BYTES));
  return [...old, Buffer.from(HASH_2), ...own];
}

/** @returns a payload that somebody made up from one of the samples */
export function madeUpPayload(random: SeededRandom, samples: readonly Buffer[]): Buffer {
  let value = Buffer.from(pick(random, samples));
  const times = randomBelow(random, 4);
  for (let i = 0; i < times; i++) {
    value = Buffer.from(mutatePayload(random, value, pick(random, samples)));
  }
  if (randomBelow(random, 8) === 0 && value.length > 0) value[0] = randomBelow(random, TYPES_MAX);
  const version = randomBelow(random, 10) === 0 ? pick(random, VERSIONS) : 11;
  const whole = payload(value, version);
  return randomBelow(random, 20) === 0 ? spoilRaw(random, whole) : whole;
}
