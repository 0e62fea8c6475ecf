import {
  createSeriesMarkers,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  type ISeriesPrimitive,
  type SeriesType,
  type Time,
} from 'lightweight-charts'

/** Marks of a series that cost nothing while only its prices move. */
export interface QuietMarkers {
  readonly markers: ISeriesMarkersPluginApi<Time>
  /** Does something with the series' data of which it will be drawn anyway. */
  readonly whileDrawing: (change: () => void) => void
}

/**
 * Marks of a series. The library's own ask for the whole chart to be laid out anew at each change of a price, which takes
 * two frames, although the change itself has the series drawn already, marks and all: here that is not passed on.
 */
export function createQuietMarkers(series: ISeriesApi<SeriesType>): QuietMarkers {
  let drawing = false
  const attachPrimitive = (primitive: ISeriesPrimitive): void => {
    const attached = primitive.attached?.bind(primitive)
    primitive.attached = (place) => {
      const requestUpdate = (): void => {
        if (!drawing) place.requestUpdate()
      }
      attached?.({ ...place, requestUpdate })
    }
    series.attachPrimitive(primitive)
  }
  const quiet = Object.create(series, { attachPrimitive: { value: attachPrimitive } }) as typeof series
  return {
    markers: createSeriesMarkers(quiet),
    whileDrawing(change) {
      drawing = true
      try {
        change()
      } finally {
        drawing = false
      }
    },
  }
}
