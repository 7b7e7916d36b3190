// The checks of frames, file headers and manifests that a start makes, and the change of compiled
// code that takes each out. Each names what it looks at; the forgeries are made so that only it can
// notice one of them.

import type { CodeChange } from './engine-mutant.js';

const SCANNER = 'log/frame-scanner.js';
const HEADER = 'log/file-header.js';
const DATA_SET = 'log/data-set.js';
const READER = 'log/file-reader.js';
const DECODER = 'log/entry-decoder.js';

/** @returns the change after which a condition, an `if` with its parentheses, never holds */
export function without(file: string, condition: string): CodeChange {
  return { file, from: condition, to: condition.replace('(', '(false && (').concat(')') };
}

export type CheckMutant = readonly [what: string, ...changes: CodeChange[]];

export const CHECK_MUTANTS: readonly CheckMutant[] = [
  ['frame: magic', without(SCANNER, 'if (bytes.readUInt32LE(at) !== FRAME_MAGIC)')],
  [
    'frame: CRC of the header',
    without(SCANNER, 'if (frameHeaderCrc32(bytes, at, this.salt) !== headerCrc)'),
  ],
  ['frame: longest payload', without(SCANNER, 'if (length > FRAME_PAYLOAD_MAX_BYTES)')],
  [
    'frame: CRC of the payload',
    without(SCANNER, 'if (crc32(bytes, payloadAt, payloadAt + length, this.salt) !== payloadCrc)'),
  ],
  [
    'frame: salt in both CRCs',
    {
      file: 'log/crc.js',
      from: 'return zlib.crc32(range, seed);',
      to: 'return zlib.crc32(range, 0);',
    },
    {
      file: 'log/crc.js',
      from: 'return crc.buf(range, seed) >>> 0;',
      to: 'return crc.buf(range, 0) >>> 0;',
    },
    {
      file: 'log/crc.js',
      from: 'return crc.buf(short, seed) >>> 0;',
      to: 'return crc.buf(short, 0) >>> 0;',
    },
  ],
  [
    'frame: sequence number',
    without(SCANNER, 'if (this.nextSeq >= 0 && this.seq !== this.nextSeq)'),
  ],
  ['frame: nothing behind the seal', without(SCANNER, 'if (this.isSealed)')],
  ['frame: type', without(SCANNER, 'if (!hasType(this.kind, this.type))')],
  [
    'frame: place in its unit',
    without(SCANNER, 'if (((flags & FLAG_CONTINUED) !== 0) !== this.isInUnit)'),
  ],
  [
    'frame: number of the piece',
    without(SCANNER, 'if ((this.count & 0xffff) !== (this.pieces & 0xffff))'),
  ],
  [
    'frame: time',
    without(SCANNER, 'if (this.baseTimeMs + bytes.readUInt32LE(at + FRAME_TIME_AT) < this.timeMs)'),
  ],
  [
    'frame: form of markers',
    without(SCANNER, 'if (!isMarkerForm(this.type, this.flags, this.count, this.payloadLength))'),
  ],
  ['seal: first and last entry', without(SCANNER, 'if (lastSeq !== this.seq - 1 || !isFirst)')],
  [
    'file header: CRC',
    {
      file: HEADER,
      from: 'crc32(bytes, 0, CRC_AT, 0) === bytes.readUInt32LE(CRC_AT)',
      to: 'true',
    },
  ],
  [
    'file header: version',
    { file: HEADER, from: 'bytes.readUInt16LE(8) !== FORMAT_VERSION', to: 'false' },
  ],
  ['file header: features', { file: HEADER, from: 'bytes.readUInt32LE(12) !== 0', to: 'false' }],
  ['file header: length', without(HEADER, 'if (bytes.readUInt16LE(10) !== FILE_HEADER_BYTES)')],
  [
    'file against manifest: kind',
    { file: DATA_SET, from: 'header.kind === expected?.kind', to: 'true' },
  ],
  [
    'file against manifest: number',
    { file: DATA_SET, from: 'header.number === expected.number', to: 'true' },
  ],
  [
    'file against manifest: data set',
    { file: DATA_SET, from: 'header.datasetId === manifest.datasetId', to: 'true' },
  ],
  ['file against manifest: salt', { file: DATA_SET, from: 'header.salt === salt;', to: 'true;' }],
  [
    'file against manifest: size',
    without(DATA_SET, 'if (sizeBytes >= 0 && reader.sizeBytes !== sizeBytes)'),
  ],
  [
    'manifest: CRC',
    {
      file: 'log/manifest.js',
      from: '!encodeManifest(manifest).equals(bytes)',
      to: 'false',
    },
  ],
  ['sealed segments: sequence', without(DATA_SET, 'if (sealed.firstSeq !== nextSeq)')],
  ['sealed segments: before open ones', without(DATA_SET, 'if (isOpenBefore)')],
  ['sealed segment: seal', without(DATA_SET, 'if (!scanner.isSealed)')],
  [
    'sealed segment: last entry',
    {
      file: DATA_SET,
      from: 'if (lastSeq < 0 || scanner.nextSeq === lastSeq + 1)',
      to: 'if (true)',
    },
  ],
  [
    'open segments: end',
    {
      file: DATA_SET,
      from: 'if (before === undefined || before.isSealed || nextSizeBytes <= FILE_HEADER_BYTES)',
      to: 'if (true)',
    },
  ],
  [
    'frame: an open piece goes on',
    without(SCANNER, 'if (isOpenPiece(flags) && (flags & FLAG_CONTINUES) === 0)'),
  ],
  ['frame: pieces before a whole entry', without(SCANNER, 'else if (this.pieces !== 0)')],
  [
    'gap: first entry',
    {
      file: SCANNER,
      from: 'getUInt64(bytes, payloadAt) === this.seq && isGapEnd',
      to: 'isGapEnd',
    },
  ],
  [
    'gap: last entry',
    { file: SCANNER, from: '=== this.seq && isGapEnd(lastSeq, this.seq)', to: '=== this.seq' },
  ],
  ['gap: not before it begins', { file: SCANNER, from: 'lastSeq >= seq && ', to: '' }],
  ['gap: highest number', { file: SCANNER, from: ' && lastSeq <= FIELD_MAX', to: '' }],
  [
    'time frame: highest time',
    without(SCANNER, 'if (this.type === FRAME_TIME && getUInt64(bytes, payloadAt) > FIELD_MAX)'),
  ],
  ['file: bytes of a frame at its end', without(READER, 'if (carried > 0)')],
  ['file: unit at its end', without(READER, 'if (!scanner.isComplete)')],
  ['entry: count of arguments', without(DECODER, 'if (count > end - this.at)')],
  ['entry: length of arguments', without(DECODER, 'if (this.at > end)')],
  ['file: is there', without(DATA_SET, 'if ((await this.fs.stat(path)) === null)')],
  [
    'manifest: is there',
    without('log/directory-listing.js', 'if (!(await areEmpty(fs, dir, dataFiles)))'),
  ],
];
