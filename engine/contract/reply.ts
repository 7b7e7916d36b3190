// Where a handler writes its answer. A handler says what the answer is (a map, a double, a null);
// how RESP2 or RESP3 spell it is the business of whoever implements this: the socket's reply
// writer, the embedded API's value builder, the sink of a replay that nobody listens to.
//
// Every handler writes exactly one value: one scalar, or one aggregate with as many values after
// it as it announced.

/** An open aggregate whose length is not known yet; see `Reply.beginArray`. */
export type ReplyMark = number;

export interface Reply {
  /** How many errors were written since this object was made. */
  readonly errorCount: number;
  /** The text of the error written last. */
  readonly lastError: string;
  /** `+OK` */
  ok(): void;
  /** A short fixed status such as `QUEUED`; `text` is ASCII without line breaks. */
  status(text: string): void;
  /** `text` begins with its code (`ERR ...`) and has no dash; CR and LF become spaces. */
  error(text: string): void;
  /** A whole number within +-2^53. */
  integer(value: number): void;
  /** A whole number of 64 bits. */
  integer64(value: bigint): void;
  /** A binary-safe string: `bytes[from .. from + length)`, copied before the call returns. */
  bulk(bytes: Uint8Array, from: number, length: number): void;
  /** As `bulk`, from a view: faster for short strings. */
  bulkView(view: DataView, from: number, length: number): void;
  /** A binary-safe string made of one latin1 character per byte. */
  text(value: string): void;
  /** A bulk string that is the decimal form of a whole number within +-2^53. */
  bulkInteger(value: number): void;
  /** The absent value: `$-1` in RESP2, `_` in RESP3. */
  null(): void;
  /** The absent array: `*-1` in RESP2, `_` in RESP3. */
  nullArray(): void;
  array(length: number): void;
  /** `length` pairs follow; a flat array in RESP2. */
  map(length: number): void;
  /** A set in RESP3, an array in RESP2. */
  set(length: number): void;
  /** An out-of-band message: a push in RESP3, an array in RESP2. */
  push(length: number): void;
  /** A double in RESP3, a bulk string with the shortest exact form in RESP2. */
  double(value: number): void;
  /** A boolean in RESP3, 1 or 0 in RESP2. */
  boolean(value: boolean): void;
  /** A big number in RESP3, a bulk string in RESP2. `digits` is decimal with an optional minus. */
  bigNumber(digits: string): void;
  /** Text with a three-letter format (`txt`, `mkd`); a plain bulk string in RESP2. */
  verbatim(format: string, text: string): void;
  /** `length` pairs of attributes follow, then the value itself; RESP3 only. */
  attribute(length: number): void;
  /** Opens an array whose length becomes known only after its elements were written. */
  beginArray(): ReplyMark;
  /** Closes the array opened last. */
  endArray(mark: ReplyMark, length: number): void;
  /** As `beginArray`, for a map of `length` pairs. */
  beginMap(): ReplyMark;
  endMap(mark: ReplyMark, length: number): void;
  /** As `beginArray`, for a set. */
  beginSet(): ReplyMark;
  endSet(mark: ReplyMark, length: number): void;
}
