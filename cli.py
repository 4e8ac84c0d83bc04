"""The door in a checkout: `python cli.py translate …` is `seq2seq translate …`."""

from seq2seq.cli import main

if __name__ == "__main__":
    main()
