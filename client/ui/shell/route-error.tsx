import { isRouteErrorResponse, Link, useRouteError } from 'react-router'
import { sentenceOf } from '../../graphql/fault.ts'
import { PageHeader } from '../panels/page-header.tsx'
import { EmptyState, ErrorPanel } from '../panels/panels.tsx'

/** A chunk of an older build that the server does not have any more. */
function isStaleBuild(error: unknown): boolean {
  return error instanceof TypeError && /dynamically imported module|module script/i.test(error.message)
}

/** What a page shows that failed to load or to draw; the navigation around it goes on. */
export function RouteError() {
  const error = useRouteError()
  if (isRouteErrorResponse(error) && error.status === 404) {
    return (
      <>
        <PageHeader title="No such page" />
        <EmptyState icon="warning" title="There is nothing here" actions={<Link to="/">Go to the simulations</Link>}>
          The address may have been mistyped, or be of a page that is not there any more.
        </EmptyState>
      </>
    )
  }
  const fault = isStaleBuild(error)
    ? {
        sentence: 'This page could not be loaded.',
        advice: 'The server may have been updated or be away. Load the page again.',
        details: error instanceof Error ? error.message : null,
      }
    : sentenceOf(error)
  return <ErrorPanel fault={fault} retry={() => window.location.reload()} />
}
