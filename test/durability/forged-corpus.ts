// Logs whose values hold frames: forged ones that fit their place in everything but the salt,
// frames of another log, a whole log, and earlier frames of the very same file, as somebody who
// could read it might store them. All that can be asked for is that bytes in a value stay a value.

import crc from 'crc-32';
import { randomBelow, SeededRandom } from '../../engine/util/random.js';
import { type Corpus, CorpusWriter, corpusOf, DIR } from './damage-corpus.js';
import { FILE_HEADER, type FileImage } from './file-image.js';

const SEGMENT = `${DIR}/log-00000001.rlog`;
const FIRST_SEED = 500;
const START_MS = 1_700_000_000_000;
const TURNS = 18;
/** "SET forged 1" in database 0, as an entry. */
const FORGED_ENTRY = Buffer.from('\0\x03\x03SET\x06forged\x011', 'latin1');

/** @returns a frame that is right in every field, under a salt that its maker had to guess */
function forge(salt: number, seq: number, timeOffset: number): Buffer {
  const bytes = Buffer.alloc(32 + FORGED_ENTRY.length);
  bytes.write('RDL1', 'latin1');
  bytes.writeUInt32LE(FORGED_ENTRY.length, 4);
  bytes.writeUInt32LE(seq - 1, 8);
  bytes.writeUInt32LE(1, 12);
  bytes.writeUInt32LE(timeOffset, 16);
  bytes[20] = 1;
  bytes.writeUInt16LE(1, 22);
  FORGED_ENTRY.copy(bytes, 32);
  bytes.writeUInt32LE(crc.buf(FORGED_ENTRY, salt | 0) >>> 0, 24);
  bytes.writeUInt32LE(crc.buf(bytes.subarray(0, 28), salt | 0) >>> 0, 28);
  return bytes;
}

/** What goes into values, as latin1 text. */
function hiddenFrames(random: SeededRandom, writer: CorpusWriter, other: FileImage): string {
  const seq = writer.commands.length + 1;
  const otherSalt = other.bytes.readUInt32LE(56);
  const salts = [0, 0xffffffff, otherSalt, seq, START_MS % 2 ** 32, random.next32()];
  const forged = salts.flatMap((salt) =>
    [0, 1].map((after) => forge(salt, seq + after, 250 * seq)),
  );
  const sameSeq = other.frames.find((frame) => frame.seq === seq) ?? other.frames[0];
  const own = writer.fs.bytesOf(SEGMENT);
  const from = FILE_HEADER + randomBelow(random, Math.max(1, own.length - FILE_HEADER));
  const earlier = own.subarray(own.indexOf('RDL1', from, 'latin1'));
  switch (randomBelow(random, 5)) {
    case 0:
      return Buffer.concat(forged).toString('latin1');
    case 1:
      return sameSeq.bytes.toString('latin1');
    case 2:
      return other.bytes.toString('latin1');
    case 3:
      return own.length > FILE_HEADER ? earlier.toString('latin1', 0, 1500) : 'nothing yet';
    default:
      return Buffer.concat([...forged.slice(0, 4), sameSeq.bytes, forged[5]]).toString('latin1');
  }
}

/** @returns `count` corpora of one segment each */
export async function makeForgedCorpora(count: number): Promise<Corpus[]> {
  const corpora: Corpus[] = [];
  const before = await CorpusWriter.begin(FIRST_SEED);
  await before.mixed(new SeededRandom(FIRST_SEED), TURNS);
  const other = before.end('other').images.get(SEGMENT);
  if (other === undefined) throw new Error('the other log has a segment');
  for (let i = 1; i <= count; i++) {
    const random = new SeededRandom(FIRST_SEED + i);
    const writer = await CorpusWriter.begin(FIRST_SEED + i);
    for (let turn = 0; turn < TURNS; turn++) {
      const values = Array.from({ length: 1 + randomBelow(random, 3) }, () => {
        const noise = 'n'.repeat(randomBelow(random, 40));
        return noise + hiddenFrames(random, writer, other) + noise;
      });
      await writer.turn(values, randomBelow(random, 3) === 0);
    }
    corpora.push(corpusOf(`forged ${i}`, writer.fs, writer.commands));
  }
  return corpora;
}
