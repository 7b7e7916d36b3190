// A sound data directory as images of its files, generation by generation, from what its manifests
// say. Invariant: nothing of the engine is used, as in the images themselves.

import { basename } from 'node:path';
import type { MemoryFileSystem } from '../support/memory-file-system.js';
import { FileImage } from './file-image.js';

/** A segment as the manifest has it. */
export interface SegmentImage {
  readonly image: FileImage;
  /** Null in an open one. */
  readonly sealed: { readonly firstSeq: number; readonly lastSeq: number } | null;
}

export interface GenerationImages {
  /** Null when the log goes back to its first entry. */
  readonly snapshot: FileImage | null;
  readonly snapshotSeq: number;
  /** From its snapshot on, those of later generations too. */
  readonly segments: readonly SegmentImage[];
}

export interface DirectoryImages {
  /** Newest first. */
  readonly generations: readonly GenerationImages[];
  /** All data files that a manifest names, by path. */
  readonly images: ReadonlyMap<string, FileImage>;
}

/** @param dir with its history */
export function imagesOf(fs: MemoryFileSystem, dir: string): DirectoryImages {
  const paths = fs.paths().filter((path) => path.startsWith(`${dir}/`));
  const images = new Map<string, FileImage>();
  const imageOf = (name: string): FileImage => {
    const path = paths.find((one) => basename(one) === name) ?? '';
    const image = images.get(path) ?? new FileImage(path, fs.bytesOf(path));
    images.set(path, image);
    return image;
  };
  const manifests = paths
    .filter((path) => /MANIFEST(-\d+)?$/.test(path))
    .map((path) => fs.bytesOf(path).toString('latin1'));
  const generationOf = (text: string) => Number(/^generation (\d+)$/m.exec(text)?.[1]);
  manifests.sort((a, b) => generationOf(b) - generationOf(a));
  const generations: GenerationImages[] = [];
  let later: SegmentImage[] = [];
  for (const text of manifests) {
    const own = [...text.matchAll(/^segment (\S+) .*?(?:open|first (\d+) last (\d+) .*)$/gm)].map(
      ([, file, first, last]) => ({
        image: imageOf(file),
        sealed: first === undefined ? null : { firstSeq: Number(first), lastSeq: Number(last) },
      }),
    );
    later = [...own, ...later];
    const snapshot = /^snapshot (\S+) seq (\d+)/m.exec(text);
    generations.push({
      snapshot: snapshot === null ? null : imageOf(snapshot[1]),
      snapshotSeq: Number(snapshot?.[2] ?? 0),
      segments: later,
    });
  }
  return { generations, images };
}
