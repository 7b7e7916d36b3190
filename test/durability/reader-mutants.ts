// The checks of everything that reads logs but the start itself, and of the start's judgement on
// damage: the search for frames behind damage, salvage, restoring, a manifest written anew, the
// scrub's mending, a snapshot read back. Each with the campaign that should notice first that it
// is taken out.

import type { CheckCampaign } from './check-campaigns.js';
import { type CheckMutant, without } from './check-mutants.js';
import type { CodeChange } from './engine-mutant.js';

const RESYNC = 'log/resync.js';
const INTACT = 'log/intact-frames.js';
const SALVAGE = 'log/salvage.js';
const DATA_SET = 'log/data-set.js';
const CHAIN = 'log/generation-chain.js';
const POINT = 'log/restore-point.js';
const RESTORE = 'log/restore.js';
const COPIER = 'log/unit-copier.js';
const REBUILD = 'log/rebuild-manifest.js';
const MENDING = 'log/manifest-mending.js';
const SOURCE = 'log/log-source.js';
const COMPACTION = 'snapshot/compaction.js';

function replaced(file: string, from: string, to: string): CodeChange {
  return { file, from, to };
}

const SEARCH: readonly CheckMutant[] = [
  ['search: longest payload', without(RESYNC, 'if (length > FRAME_PAYLOAD_MAX_BYTES)')],
  [
    'search: least entry',
    replaced(RESYNC, 'found === null || found.seq < minSeq', 'found === null'),
  ],
  [
    'search: payload across windows',
    replaced(
      RESYNC,
      'read === length && crc32(payload, 0, length, header.salt) === expected',
      'true',
    ),
  ],
];

const JUDGEMENT: readonly CheckMutant[] = [
  [
    'lost entries: from intact ones on',
    replaced(DATA_SET, 'isPayloadIntact && offset > from', 'offset > from'),
  ],
  [
    'lost entries: not in broken units',
    replaced(DATA_SET, ' && (flags & FLAG_CONTINUED) === 0', ''),
  ],
];

const RANGES: readonly CheckMutant[] = [
  [
    'search: CRC of the header',
    without(RESYNC, 'if (frameHeaderCrc32(window, at, salt) !== headerCrc)'),
  ],
  [
    'search: CRC of the payload',
    replaced(
      RESYNC,
      'return crc32(window, payloadAt, payloadAt + length, header.salt) === expected;',
      'return true;',
    ),
  ],
  [
    'torn or corrupt: what is durable is never cut',
    without(DATA_SET, 'if (torn !== null && torn.seq <= durableSeq)'),
  ],
  [
    'torn or corrupt: what was never durable is cut',
    replaced(DATA_SET, 'torn !== null && torn.seq <= durableSeq', 'torn !== null'),
  ],
  [
    'torn or corrupt: claims behind the damage',
    replaced(DATA_SET, 'durableSeq = Math.max(durableSeq, found.durableSeq);', ''),
  ],
  ['salvage: payload intact', replaced(INTACT, '!found.isPayloadIntact || ', '')],
  [
    'salvage: doubled frames',
    without(INTACT, 'if (place.type !== FRAME_TIME && place.seq < this.nextSeq)'),
  ],
  ['salvage: next of the unit', replaced(INTACT, 'frame.seq === this.unitSeq && ', '')],
  ['salvage: first piece', without(INTACT, 'else if (this.isPiece(frame, 0))')],
  ['salvage: gap before a unit', without(INTACT, 'if (first.seq > this.nextSeq)')],
  ['salvage: lost at the end', replaced(INTACT, 'knownSeq < afterSeq', 'true')],
  [
    'salvage: damaged snapshot not copied',
    replaced(SALVAGE, 'if (await isSnapshotSound(this.fs, snapshot))', 'if (true)'),
  ],
  [
    'salvage: generation with a sound snapshot',
    replaced(SALVAGE, 'snapshot === null || (await isSnapshotSound(fs, snapshot))', 'true'),
  ],
];

const SALVAGES: readonly CheckMutant[] = [
  ['salvage: type', replaced(INTACT, ' || !hasType(header.kind, type)', '')],
  ['salvage: unit without its beginning', without(INTACT, 'if (this.unit.length === 0)')],
  ['salvage: next piece', replaced(INTACT, ' && this.isPiece(frame, this.unitPiece)', '')],
  ['salvage: copies within a unit', replaced(INTACT, ' && !this.isCopy(frame)', '')],
  ['salvage: entry without its last piece', without(INTACT, 'if (isOpen)')],
];

const RESTORES: readonly CheckMutant[] = [
  [
    'snapshot: whole',
    replaced(CHAIN, 'return isWhole && scanner.isSealed', 'return scanner.isSealed'),
  ],
  ['snapshot: sealed', replaced(CHAIN, 'return isWhole && scanner.isSealed', 'return isWhole')],
  ['snapshot: is there', without(CHAIN, 'if ((await fs.stat(snapshot.path)) === null)')],
  ['snapshot: number', replaced(CHAIN, ' && number === named?.number', '')],
  ['snapshot: data set', replaced(CHAIN, ' && datasetId === snapshot.datasetId', '')],
  ['snapshot: salt', replaced(CHAIN, ' && salt === snapshot.salt', '')],
  [
    'history: generations before the present',
    replaced(CHAIN, 'old.generation < manifest.generation', 'true'),
  ],
  ['restore: snapshot not after the entry', without(POINT, 'if (snapshot.seq > limit.seq)')],
  ['restore: sound snapshot', without(POINT, 'if (!(await isSnapshotSound(fs, snapshot)))')],
  [
    'restore: snapshot not after the moment',
    replaced(POINT, 'if (timeMs <= limit.timeMs)', 'if (true)'),
  ],
  ['restore: beginning of the log', replaced(POINT, 'if (startMs <= limit.timeMs)', 'if (true)')],
  [
    'restore: from the first entry',
    replaced(POINT, 'sealed === null || sealed.firstSeq === 1', 'true'),
  ],
  ['restore: not beyond the end', replaced(POINT, 'lastSeq === null || seq <= lastSeq', 'true')],
  ['restore: an end hidden by damage', without(POINT, 'if (!isWhole)')],
  ['restore: damage before the point', replaced(RESTORE, '(scan.isWhole && nextSeq', '(nextSeq')],
  [
    'restore: entries missing before the point',
    replaced(
      RESTORE,
      'scan.isWhole && nextSeq === (sealed?.lastSeq ?? nextSeq - 1) + 1',
      'scan.isWhole',
    ),
  ],
  [
    'restore: units wait',
    replaced(COPIER, 'scanner.isComplete && this.waiting.length === 0', 'true'),
  ],
  ['restore: last entry', replaced(COPIER, 'lastSeq <= this.target.seq && timeMs', 'timeMs')],
  ['restore: last moment', replaced(COPIER, ' && timeMs <= this.target.timeMs', '')],
  ['restore: units in one frame', replaced(COPIER, ' || flags & INDIVISIBLE', '')],
  [
    'restore: units in several frames',
    without(COPIER, 'if (!this.isWanted(last.nextSeq - 1, last.timeMs))'),
  ],
];

const REPAIRS: readonly CheckMutant[] = [
  [
    'closed cleanly: nothing behind the seal',
    replaced('log/clean-start.js', ' && sizeBytes === soundBytes', ''),
  ],
  ['salvage: gap', without(INTACT, 'if (!isGapEnd(lastSeq, this.nextSeq))')],
  [
    'salvage: form of markers',
    without(INTACT, 'if (!isMarkerForm(type, flags, count, found.sizeBytes - FRAME_HEADER_BYTES))'),
  ],
  [
    'salvage: lost at the end of a sealed segment',
    without(SALVAGE, 'if (lastSeq >= this.nextSeq)'),
  ],
  ['salvage: records lost at the end', without(SALVAGE, 'if (sizeBytes - knownTo > SEAL_BYTES)')],
  ['salvage: salt of the segment', replaced(SALVAGE, ' && read.salt === segment.salt', '')],
  ['salvage: single snapshots', without(SALVAGE, "if (header.kind !== 'log')")],
  ['gaps: told to whoever loads', without('log/gap-hook.js', 'if (type === FRAME_GAP)')],
  [
    'manifest: names',
    {
      file: 'log/manifest.js',
      after: 'if (segment === null)',
      from: 'if (parseDataFileName(name) === null)',
      to: 'if (false)',
    },
  ],
  ['manifest: CRC of a newer version', replaced('log/manifest.js', ' && endsInItsCrc(bytes)', '')],
  [
    'rebuild: whole snapshot',
    replaced(REBUILD, ' && isWhole && scanner.isSealed', ' && scanner.isSealed'),
  ],
  ['rebuild: sealed snapshot', replaced(REBUILD, ' && isWhole && scanner.isSealed', ' && isWhole')],
  ['rebuild: data set', replaced(REBUILD, ' && header.datasetId === datasetId', '')],
  [
    'rebuild: what the snapshot has',
    without(REBUILD, 'if (soundNextSeq <= nextSeq && firstSeq < nextSeq)'),
  ],
  ['rebuild: missing entries', without(REBUILD, 'if (firstSeq !== nextSeq)')],
  [
    'rebuild: whole sealed segment',
    replaced(REBUILD, 'scanner.isSealed && isWhole', 'scanner.isSealed'),
  ],
  ['single file: durable entries', replaced(SOURCE, ' && damage.seq > durableSeq', '')],
  [
    'single file: claims behind the damage',
    replaced(SOURCE, 'durableSeq = Math.max(durableSeq, found.durableSeq);', ''),
  ],
  [
    'single file: sealed',
    replaced(
      SOURCE,
      ' && damage.seq > durableSeq && !scanner.isSealed',
      ' && damage.seq > durableSeq',
    ),
  ],
  ['single file: unfinished snapshot', replaced(SOURCE, ' && !isUnfinished', '')],
  ['mending: newer manifest', without(MENDING, 'if (found.revision >= manifest.revision)')],
  ['mending: data set', without(MENDING, 'if (found.datasetId !== manifest.datasetId)')],
  [
    'mending: same manifest',
    replaced(MENDING, 'if (bytes?.equals(encodeManifest(manifest)))', 'if (bytes !== null)'),
  ],
];

const READ_BACK: readonly CheckMutant[] = [
  [
    'read back: at all',
    replaced(COMPACTION, 'await this.verify(writer.path, walker.entriesWritten + 1);', ''),
  ],
  ['read back: frames', replaced(COMPACTION, '!scan.isWhole || ', '')],
  ['read back: seal', replaced(COMPACTION, ' || !scan.scanner.isSealed', '')],
  ['read back: number of keys', replaced(COMPACTION, ' || entries !== entriesExpected', '')],
];

/** By the campaign that is likely to notice. */
export const READER_MUTANTS: readonly (readonly [CheckCampaign, readonly CheckMutant[]])[] = [
  ['frames', SEARCH],
  ['frames', JUDGEMENT],
  ['T3', RANGES],
  ['frames', SALVAGES],
  ['history', RESTORES],
  ['repair', REPAIRS],
  ['snapshot', READ_BACK],
];
