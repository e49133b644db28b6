/** A launch file as whoever asked for it got it. */
export interface ReadableFile {
  readonly name: string;
  readonly content: string;
}
