/**
 * Tells whether a body has come to its end.
 *
 * @module
 */

/** One body: nothing comes after its end. */
export class OneBody {
  #finished = false

  /**
   * @throws TypeError - the body is finished
   */
  goOn(): void {
    if (this.#finished) throw new TypeError('this body is finished: begin another one')
  }

  /**
   * @throws TypeError - it was finished before
   */
  finish(): void {
    this.goOn()
    this.#finished = true
  }

  /** It ends here, whether it was finished before or not. */
  giveUp(): void {
    this.#finished = true
  }
}
