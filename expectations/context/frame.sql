select {columns} from ({entity})
