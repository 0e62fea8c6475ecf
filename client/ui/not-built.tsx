import { Button } from '@mantine/core'
import { API_PATH } from '../graphql/client.ts'
import { EmptyState } from './panels.tsx'
import { PageHeader } from './page-header.tsx'

/** Stands at the address of a page that is not built yet, and says where to get the same today. */
export function NotBuilt({ title, field }: { readonly title: string; readonly field: string }) {
  return (
    <>
      <PageHeader title={title} />
      <EmptyState
        icon="playground"
        title="This page is not built yet"
        actions={
          <Button component="a" href={API_PATH} variant="default">
            Open the playground
          </Button>
        }
      >
        What it will show is in the API already: <code>{field}</code>.
      </EmptyState>
    </>
  )
}
