/** The npm package `databank` ships no types; the ones that we use are in `databank.ts`. */
declare module 'databank'
