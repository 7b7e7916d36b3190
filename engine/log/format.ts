// The numbers of the file format; FORMAT.md beside this file says what they mean. Both log
// segments and snapshots are a 64-byte file header followed by frames, all little-endian.

export const FORMAT_VERSION = 1;

export const FILE_HEADER_BYTES = 64;
export const LOG_MAGIC = 'REDDIS\0L';
export const SNAPSHOT_MAGIC = 'REDDIS\0S';

export const FRAME_HEADER_BYTES = 32;
/** "RDL1" read as a little-endian number. */
export const FRAME_MAGIC = 0x314c4452;
export const FRAME_MAGIC_TEXT = 'RDL1';

/** Where each field of a frame header is. */
export const FRAME_LENGTH_AT = 4;
export const FRAME_SEQ_AT = 8;
export const FRAME_LAG_AT = 12;
export const FRAME_TIME_AT = 16;
export const FRAME_TYPE_AT = 20;
export const FRAME_FLAGS_AT = 21;
export const FRAME_COUNT_AT = 22;
export const FRAME_PAYLOAD_CRC_AT = 24;
export const FRAME_HEADER_CRC_AT = 28;

/** A frame is closed once its payload has this many bytes. */
export const FRAME_TARGET_BYTES = 4096;
/** No payload is longer: an entry over this is split into fragments. */
export const FRAME_PAYLOAD_MAX_BYTES = 1024 * 1024;
/** The durable lag of a frame that claims nothing to be durable. */
export const LAG_UNKNOWN = 0xffffffff;
/** The latest time a frame can carry after its base time, in ms; a TIME frame moves the base. */
export const TIME_OFFSET_MAX = 0xffffffff;

/** No number that is written in 8 bytes, or in decimal in the manifest, is higher. */
export const FIELD_MAX = 999_999_999_999_999;

/** Frame types. 1 to 15 belong to the log layer; 16 to 254 to whoever writes snapshots. */
export const FRAME_ENTRIES = 1;
/** Says only how far the log is durable. */
export const FRAME_SYNC = 2;
/** The last frame of a file: last sequence and number of entries. */
export const FRAME_SEAL = 3;
/** Written by salvage: entries that were lost here. */
export const FRAME_GAP = 4;
/** Moves the base time of the frames after it. */
export const FRAME_TIME = 5;
export const FRAME_SNAPSHOT_FIRST = 16;
export const FRAME_SNAPSHOT_LAST = 254;

/** Frame flags. */
/** The atomic unit goes on in the next frame; without the frame that ends it nothing counts. */
export const FLAG_CONTINUES = 1;
/** This frame goes on with the unit of the frame before it. */
export const FLAG_CONTINUED = 2;
/** The payload is a piece of one entry; the count field numbers the pieces from 0. */
export const FLAG_FRAGMENT = 4;
/** The last piece of that entry. */
export const FLAG_FRAGMENT_END = 8;
/** The entries of this frame are one unit: whoever cuts a log cuts before or after all of them. */
export const FLAG_UNIT = 16;

/** Default size at which a segment is sealed and the next one begun. */
export const SEGMENT_TARGET_BYTES = 64 * 1024 * 1024;
